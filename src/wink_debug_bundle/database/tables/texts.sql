CREATE TABLE texts (
    -- The texts of the files of a bundle that shares them; equal texts are stored once.
    sha256 TEXT PRIMARY KEY,  -- SHA-256 of the text's UTF-8 bytes, in hexadecimal. [rehash]
    content TEXT NOT NULL  -- The text of a file that is UTF-8 and smaller than 1 MiB. [text]
);
