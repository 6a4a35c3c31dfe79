"""Account for every byte: ledger ranges, problems, and bytes that are kept whole as blobs."""
