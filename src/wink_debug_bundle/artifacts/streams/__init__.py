"""Turn bytes into lines: decompress a stream and cut it into blocks of whole lines."""
