"""Run the command `wink-debug-bundle` as `python -m wink_debug_bundle`."""

from .cli.main import main

if __name__ == "__main__":
    main()
