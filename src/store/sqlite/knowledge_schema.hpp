// The schema of knowledge.db.
#pragma once

#include <array>

#include "gatehouse/store/sqlite/migrations.hpp"

namespace gatehouse::store::sqlite {

// `terms` is what FTS5 sees: terms the tokenizer of gatehouse::knowledge has made, joined by
// spaces, so unicode61 only has to split them again (marks included: Thai vowels are marks).
// `scope` holds the site as a term, which keeps other sites out of a search before anything is
// ranked.
inline constexpr std::array<Migration, 1> kKnowledgeMigrations = {{
    {.version = 1, .name = "documents, chunks and their terms", .sql = R"sql(
CREATE TABLE documents (
  number INTEGER PRIMARY KEY,
  site TEXT NOT NULL,
  collection TEXT NOT NULL,
  id TEXT NOT NULL,
  file TEXT NOT NULL,
  title TEXT NOT NULL,
  media_type TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  modified_ms INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  text TEXT NOT NULL,
  UNIQUE (site, id),
  UNIQUE (site, collection, file)
) STRICT;

CREATE TABLE chunks (
  number INTEGER PRIMARY KEY,
  site TEXT NOT NULL,
  document INTEGER NOT NULL REFERENCES documents (number) ON DELETE CASCADE,
  heading TEXT NOT NULL,
  start INTEGER NOT NULL,
  "end" INTEGER NOT NULL,
  text TEXT NOT NULL,
  segments BLOB NOT NULL
) STRICT;
CREATE INDEX chunks_by_document ON chunks (document);
CREATE INDEX chunks_by_site ON chunks (site);

CREATE VIRTUAL TABLE terms USING fts5 (
  scope, body, heading, path,
  tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* Co'"
);
)sql"},
}};

}  // namespace gatehouse::store::sqlite
