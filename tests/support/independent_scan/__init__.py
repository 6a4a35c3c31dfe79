"""A scan that knows the planted secrets and looks for them everywhere: a bundle in; what is left of them, and where, out.

It reads bundles with Python's own `sqlite3` and shares no code with the product. `bundle_scan` dumps every cell of every
table and joins the chunks of blobs; `decoded_forms` decodes JSON, base64, percent and backslash escapes and unpacks
compressed bytes, in each other as well; `word_scan` lists the words of a full-text index; `raw_scan` looks at the bytes
of the file, for pieces of twelve.
"""
