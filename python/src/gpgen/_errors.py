"""What can go wrong."""


class Error(Exception):
    """An error of gpgen's; the message says what was found, what was expected and what to do."""


class FileError(Error, OSError):
    """A file that is not there, is damaged or unfinished, or cannot be read or written."""
