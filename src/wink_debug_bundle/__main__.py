"""`python -m wink_debug_bundle`: the command `wink-debug-bundle`."""

from .cli.main import main

if __name__ == "__main__":
    main()
