"""The bytes of a zip file in; its members and their bytes out, whatever state the file is in."""
