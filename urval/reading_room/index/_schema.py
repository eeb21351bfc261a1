"""The index's tables. It is made from the packages and can be made anew at any time: never the truth."""

from __future__ import annotations

import sys
from typing import Final, Literal
from unicodedata import unidata_version
from zlib import crc32

import Stemmer  # type: ignore[import-not-found]  # it comes without types

APPLICATION = 0x55727661  # "Urva": a file of another program is no index
# Of the tables, and of how words are cut and stemmed: a file of another version is made anew. What is taken out of the
# words must be just what was put in.
VERSION = crc32(f"5 {Stemmer.version()} {unidata_version} {sys.version_info[:2]}".encode()) & 0x7FFFFFFF

TABLES = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE account (
    no INTEGER PRIMARY KEY,
    archive TEXT NOT NULL, account TEXT NOT NULL,
    platform TEXT NOT NULL, name TEXT NOT NULL,  -- as its newest manifest says; empty where none can be read
    hidden INTEGER NOT NULL,  -- 1: nobody can say what is restricted of it, so that everything is
    UNIQUE (archive, account)
);
CREATE TABLE package (
    no INTEGER PRIMARY KEY,
    prefix TEXT NOT NULL UNIQUE,
    archive TEXT NOT NULL, account TEXT NOT NULL, period TEXT NOT NULL, package_id TEXT NOT NULL,
    account_no INTEGER NOT NULL REFERENCES account (no),
    manifest_sha256 TEXT NOT NULL,
    manifest TEXT NOT NULL,  -- the bytes of manifest.json; empty where it cannot be read
    problem TEXT NOT NULL,   -- why the package is not indexed, or not whole; empty where nothing is wrong
    indexed_at TEXT NOT NULL
);
CREATE INDEX package_of_account ON package (archive, account, period);
CREATE TABLE thread (
    package INTEGER NOT NULL REFERENCES package (no) ON DELETE CASCADE,
    number INTEGER NOT NULL,          -- row in data/tables/posts, from 1: the thread's number in addresses
    thread_id TEXT NOT NULL,
    created_at TEXT NOT NULL,         -- RFC 3339, UTC
    kind TEXT NOT NULL, visibility TEXT NOT NULL,
    words TEXT NOT NULL,              -- how its text begins
    comments INTEGER NOT NULL,        -- captured
    first_comment INTEGER NOT NULL,   -- row of its first comment in data/tables/comments, from 0
    rules TEXT NOT NULL,              -- ids of the rules that kept it, separated by line feeds
    PRIMARY KEY (package, number)
) WITHOUT ROWID;
CREATE INDEX thread_by_id ON thread (package, thread_id);
CREATE TABLE rule (
    package INTEGER NOT NULL REFERENCES package (no) ON DELETE CASCADE, rule TEXT NOT NULL,
    PRIMARY KEY (package, rule)
) WITHOUT ROWID;
CREATE TABLE week (
    package INTEGER NOT NULL REFERENCES package (no) ON DELETE CASCADE,
    monday TEXT NOT NULL,  -- of the ISO week in the package's time zone
    posts INTEGER NOT NULL, comments INTEGER NOT NULL,
    PRIMARY KEY (package, monday)
) WITHOUT ROWID;
CREATE TABLE item (
    id INTEGER PRIMARY KEY,   -- ordered by time, see _rows.py; also the rowid in word
    package INTEGER NOT NULL, -- no foreign key: items are forgotten together with their words
    thread INTEGER NOT NULL,  -- its number
    row INTEGER,              -- of a comment, or of an earlier text of one: row in data/tables/comments, from 0
    kind INTEGER NOT NULL,    -- place in KINDS
    version INTEGER,          -- number of an earlier text
    item_id TEXT NOT NULL,    -- the platform's, of the post or comment
    created INTEGER NOT NULL, -- microseconds since 1970 began, UTC
    author TEXT, role TEXT NOT NULL, visibility TEXT NOT NULL,
    flags INTEGER NOT NULL,   -- MEDIA | QUESTION | REMOVED
    text TEXT NOT NULL
);
CREATE TABLE restricted (id INTEGER PRIMARY KEY);
CREATE VIRTUAL TABLE word USING fts5 (words, marks, content = '', tokenize = 'ascii tokenchars _', columnsize = 0);
INSERT INTO word (word, rank) VALUES ('hashsize', 33554432);
INSERT INTO word (word, rank) VALUES ('automerge', 0);
INSERT INTO word (word, rank) VALUES ('crisismerge', 1000);
"""

KINDS: Final[tuple[Literal["post"], Literal["comment"], Literal["version"]]] = ("post", "comment", "version")
POST, COMMENT, EARLIER = range(3)
MEDIA, QUESTION, REMOVED = 1, 2, 4
