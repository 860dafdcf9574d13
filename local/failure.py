"""What stops a command: one sentence for the person at the keyboard, no traceback."""


class Failure(Exception):
    """Its text is printed to stderr as it is; the command ends with exit code 1."""


class AlreadyExplained(Failure):
    """A program we ran has said what is wrong; there is nothing to add."""
