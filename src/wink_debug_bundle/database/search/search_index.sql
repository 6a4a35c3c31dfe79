CREATE VIRTUAL TABLE search_index USING fts5(
    text,
    content = 'search_content',
    content_rowid = 'id',
    tokenize = 'unicode61'
);
