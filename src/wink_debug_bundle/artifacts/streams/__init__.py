"""Bytes in, lines out: decompress a stream and cut it into blocks of whole lines."""
