"""The exceptions of the package, one class for each way in which a caller may react.

BundleError                      the base class; itself: no artifacts found, or a name that does not exist
|-- BundleExistsError            the output exists: pass force, or another output
|-- BundleBuildError             the bundle could not be written: disk full, no permission, dead worker processes
|-- InvalidBundleError           the file is not a bundle: open another one
|   `-- DamagedBundleError       the file is a bundle, and is damaged: build it again, or get another copy
|-- BundleVersionError           a newer release wrote the bundle: upgrade; an older one: migrate the bundle
`-- BundleQueryError             the SQL is wrong, or was refused because it would change something
"""


class BundleError(Exception):
    """Base class of every exception that this package raises on purpose.

    Attributes:
        lines: The lines of the message. A line itself may have a line end, as part of a file's name.
        names_bundle: Whether the message names the bundle that it is about, so that another one is not added.
    """

    names_bundle = False

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


class BundleExistsError(BundleError):
    """The output exists already, and was not to be replaced."""


class BundleBuildError(BundleError):
    """The bundle could not be written; the output path is unchanged."""


class InvalidBundleError(BundleError):
    """The file cannot be read, is not a debug bundle, or is a damaged one."""


class DamagedBundleError(InvalidBundleError):
    """The file is a debug bundle, and parts of it cannot be read."""


class BundleVersionError(BundleError):
    """The bundle's schema version is not the one that this release reads."""


class BundleQueryError(BundleError):
    """The SQL is not valid, would change something, or needs more memory than it may have."""
