"""An open bundle in; one self-contained page about its outcome, its charts and its failed runs out."""
