"""What can go wrong, one class for each different reaction of a caller.

BundleError                      anything below; also: no artifacts, a name that does not exist
|-- BundleExistsError            the output is there already: pass force, or another output
|-- BundleBuildError             the bundle could not be written: disk full, no permission, a lost worker
|-- InvalidBundleError           the file is not a bundle: name another one
|   `-- DamagedBundleError       it was one, and is damaged: build it again, or get another copy
|-- BundleVersionError           the bundle was written by a newer release: upgrade, or by an older one: migrate
`-- BundleQueryError             the SQL was refused or is wrong
"""


class BundleError(Exception):
    """Base of every error that this package raises on purpose.

    `lines` are those of the message: what else looks like a line end in it stands in a name.
    """

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


class BundleExistsError(BundleError):
    """The output path is taken."""


class BundleBuildError(BundleError):
    """The bundle could not be written; the output path is as it was before."""


class InvalidBundleError(BundleError):
    """The file is not a debug bundle, or not an intact one."""


class DamagedBundleError(InvalidBundleError):
    """The file is a debug bundle, and parts of it cannot be read."""


class BundleVersionError(BundleError):
    """The bundle's schema version is not the one that this release reads."""


class BundleQueryError(BundleError):
    """A query was refused, or is not valid SQL."""
