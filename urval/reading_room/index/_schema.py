"""The index's tables. It is made from the packages and can be made anew at any time: never the truth."""

from __future__ import annotations

VERSION = 1  # of the tables: a file of another version is made anew

TABLES = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE package (
    no INTEGER PRIMARY KEY,
    prefix TEXT NOT NULL UNIQUE,
    archive TEXT NOT NULL, account TEXT NOT NULL, period TEXT NOT NULL, package_id TEXT NOT NULL,
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
"""
