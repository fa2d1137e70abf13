#include <SQLiteCpp/SQLiteCpp.h>
#include <SQLiteCpp/VariadicBind.h>

#include <algorithm>

#include "gatehouse/base/hash.hpp"
#include "gatehouse/base/text.hpp"
#include "gatehouse/knowledge/document_source.hpp"
#include "gatehouse/store/sqlite/connection.hpp"
#include "gatehouse/store/sqlite/knowledge_documents.hpp"
#include "gatehouse/store/sqlite/migrations.hpp"
#include "knowledge_schema.hpp"
#include "segment_codec.hpp"

namespace gatehouse::store::sqlite {
namespace {

using knowledge::CollectionKey;
using knowledge::DocumentInfo;
using knowledge::FoundChunk;
using knowledge::IndexedDocument;
using knowledge::SearchRequest;
using knowledge::SearchResult;

// A site's name may hold what a term can't; hexadecimal digits are always one term.
std::string scope_of(const std::string& site) { return "site" + to_hex(site); }

std::string text_of(SQLite::Statement& row, int column) {
  const auto value = row.getColumn(column);
  return {static_cast<const char*>(value.getBlob()), static_cast<std::size_t>(value.getBytes())};
}

DocumentInfo info_of(SQLite::Statement& row) {
  return {.id = text_of(row, 0),
          .file = text_of(row, 1),
          .title = text_of(row, 2),
          .media_type = text_of(row, 3),
          .size_bytes = static_cast<std::uint64_t>(row.getColumn(4).getInt64()),
          .modified_ms = row.getColumn(5).getInt64(),
          .fingerprint = text_of(row, 6)};
}
// The columns that info_of() takes; a macro so that statements stay literals.
#define GATEHOUSE_INFO_COLUMNS "id, file, title, media_type, size_bytes, modified_ms, fingerprint"

// What tells a document with this content from all others. The sum over all documents is their
// version: it needs no order, and what is taken away is subtracted.
std::uint64_t mark_of(std::string_view site, std::string_view id, std::string_view file,
                      std::string_view fingerprint) {
  std::string text;
  for (const auto part : {site, id, file, fingerprint})
    text.append(std::to_string(part.size())).append(" ").append(part);
  return keyed_hash(text, 0x6B6E6F776C, 0x6564676500);
}

std::uint64_t version_of(SQLite::Database& database) {
  SQLite::Statement rows(database, "SELECT site, id, file, fingerprint FROM documents");
  std::uint64_t version = 0;
  while (rows.executeStep())
    version += mark_of(text_of(rows, 0), text_of(rows, 1), text_of(rows, 2), text_of(rows, 3));
  return version;
}

class Writer {
 public:
  Writer(SQLite::Database& database, const CollectionKey& key)
      : key_(key),
        scope_(scope_of(key.site)),
        find_(database,
              "SELECT number, id, file, fingerprint FROM documents WHERE site = ? AND (id = ? OR "
              "(collection = ? AND file = ?))"),
        find_id_(
            database,
            "SELECT number, id, file, fingerprint FROM documents WHERE site = ? AND collection = ? "
            "AND id = ?"),
        drop_terms_(
            database,
            "DELETE FROM terms WHERE rowid IN (SELECT number FROM chunks WHERE document = ?)"),
        drop_(database, "DELETE FROM documents WHERE number = ?"),
        add_(database,
             "INSERT INTO documents (site, collection, id, file, title, media_type, size_bytes, "
             "modified_ms, fingerprint, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
             "RETURNING number"),
        add_chunk_(database,
                   "INSERT INTO chunks (site, document, heading, start, \"end\", text, segments) "
                   "VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING number"),
        add_terms_(database,
                   "INSERT INTO terms (rowid, scope, body, heading, path) VALUES (?, ?, ?, ?, ?)") {
  }

  void put(const IndexedDocument& document) {
    drop_found(find_, document.info.id, key_.collection, document.info.file);
    add_.reset();
    const auto& info = document.info;
    version_change_ += mark_of(key_.site, info.id, info.file, info.fingerprint);
    SQLite::bind(add_, key_.site, key_.collection, info.id, info.file, info.title, info.media_type,
                 static_cast<std::int64_t>(info.size_bytes), info.modified_ms, info.fingerprint,
                 document.text);
    add_.executeStep();
    const auto number = add_.getColumn(0).getInt64();
    add_.reset();
    for (const auto& item : document.chunks) put_chunk(number, item);
  }

  void drop(const std::string& id) { drop_found(find_id_, key_.collection, id); }
  std::uint64_t version_change() const { return version_change_; }

 private:
  template <typename... Values>
  void drop_found(SQLite::Statement& find, const Values&... values) {
    find.reset();
    SQLite::bind(find, key_.site, values...);
    std::vector<std::int64_t> numbers;
    while (find.executeStep()) {
      numbers.push_back(find.getColumn(0).getInt64());
      version_change_ -= mark_of(key_.site, text_of(find, 1), text_of(find, 2), text_of(find, 3));
    }
    find.reset();
    for (const auto number : numbers) {
      drop_terms_.reset();
      drop_terms_.bind(1, number);
      drop_terms_.exec();
      drop_.reset();
      drop_.bind(1, number);
      drop_.exec();
    }
  }

  void put_chunk(std::int64_t document, const IndexedDocument::IndexedChunk& item) {
    const auto& chunk = item.chunk;
    const auto segments = encode_segments(chunk.segments, chunk.start);
    add_chunk_.reset();
    SQLite::bind(add_chunk_, key_.site, document, chunk.heading,
                 static_cast<std::int64_t>(chunk.start), static_cast<std::int64_t>(chunk.end),
                 chunk.text);
    add_chunk_.bind(7, segments.data(), static_cast<int>(segments.size()));
    add_chunk_.executeStep();
    const auto number = add_chunk_.getColumn(0).getInt64();
    add_chunk_.reset();
    add_terms_.reset();
    SQLite::bind(add_terms_, number, scope_, item.body_terms, item.heading_terms, item.path_terms);
    add_terms_.exec();
  }

  const CollectionKey& key_;
  const std::string scope_;
  std::uint64_t version_change_ = 0;
  SQLite::Statement find_;
  SQLite::Statement find_id_;
  SQLite::Statement drop_terms_;
  SQLite::Statement drop_;
  SQLite::Statement add_;
  SQLite::Statement add_chunk_;
  SQLite::Statement add_terms_;
};

// Terms hold letters, marks and digits only; whatever else comes is kept out of the query's
// grammar.
bool is_plain(std::string_view term) {
  return !term.empty() && term.find_first_of("\"\\ \t\r\n") == std::string_view::npos &&
         term.find('\0') == std::string_view::npos;
}

std::string query_of(const std::string& scope, const std::vector<std::string>& terms) {
  std::string any;
  for (const auto& term : terms) {
    if (!is_plain(term)) continue;
    if (!any.empty()) any += " OR ";
    any += "\"" + term + "\"";
  }
  if (any.empty()) return {};
  return "scope : \"" + scope + "\" AND {body heading path} : (" + any + ")";
}

std::uint64_t count_with(SQLite::Database& database, const std::string& query) {
  if (query.empty()) return 0;
  SQLite::Statement count(database, "SELECT count(*) FROM terms WHERE terms MATCH ?");
  count.bind(1, query);
  return count.executeStep() ? static_cast<std::uint64_t>(count.getColumn(0).getInt64()) : 0;
}

FoundChunk found_of(SQLite::Statement& row) {
  FoundChunk found;
  found.chunk.heading = text_of(row, 0);
  found.chunk.start = static_cast<std::uint64_t>(row.getColumn(1).getInt64());
  found.chunk.end = static_cast<std::uint64_t>(row.getColumn(2).getInt64());
  found.chunk.text = text_of(row, 3);
  if (auto segments = decode_segments(text_of(row, 4), found.chunk.start, found.chunk.end)) {
    found.chunk.segments = std::move(*segments);
  }
  found.document_id = text_of(row, 5);
  found.file = text_of(row, 6);
  found.title = text_of(row, 7);
  found.media_type = text_of(row, 8);
  found.score = -row.getColumn(9).getDouble();
  return found;
}

void find_chunks(SQLite::Database& database, const SearchRequest& request, const std::string& query,
                 SearchResult& out) {
  // FTS5 ranks inside its own table first, so that only the best are joined and read. The weights
  // are those of scope, body, heading and path.
  SQLite::Statement find(
      database,
      "SELECT c.heading, c.start, c.\"end\", c.text, c.segments, d.id, d.file, d.title, "
      "d.media_type, best.score FROM (SELECT rowid, bm25(terms, 0.0, 1.0, 2.0, 0.6) AS score "
      "FROM terms WHERE terms MATCH ? ORDER BY score LIMIT ?) AS best "
      "JOIN chunks AS c ON c.number = best.rowid JOIN documents AS d ON d.number = c.document "
      "WHERE c.site = ? ORDER BY best.score, c.number");
  find.bind(1, query);
  find.bind(2, static_cast<std::int64_t>(std::min(request.limit, knowledge::kMaxSearchLimit)));
  find.bind(3, request.site);
  while (find.executeStep()) {
    auto found = found_of(find);
    if (!found.chunk.segments.empty()) out.chunks.push_back(std::move(found));
  }
}

}  // namespace

Result<std::unique_ptr<KnowledgeDatabase>> KnowledgeDatabase::open(const std::string& path) {
  DatabaseOptions options{
      .when_damaged =
          "Delete it together with its -wal and -shm files and start again: Gatehouse "
          "makes it anew from your documents."};
  auto writer = open_database(path, options);
  if (!writer) return std::unexpected(std::move(writer.error()));
  auto migrated = run_migrations(*writer, kKnowledgeMigrations);
  if (!migrated) return std::unexpected(std::move(migrated.error()));
  options.is_read_only = true;
  auto reader = open_database(path, options);
  if (!reader) return std::unexpected(std::move(reader.error()));
  try {
    const std::uint64_t version = version_of(*writer);
    return std::unique_ptr<KnowledgeDatabase>(
        new KnowledgeDatabase(std::move(*writer), std::move(*reader), version));
  } catch (const SQLite::Exception& exception) {
    return std::unexpected(error_of(exception, path));
  }
}

Result<void> KnowledgeDatabase::upsert(const CollectionKey& key,
                                       const std::vector<IndexedDocument>& documents) {
  try {
    SQLite::Transaction transaction(writer_, SQLite::TransactionBehavior::IMMEDIATE);
    Writer writer(writer_, key);
    for (const auto& document : documents) writer.put(document);
    transaction.commit();
    version_ += writer.version_change();
    return {};
  } catch (const SQLite::Exception& exception) {
    return std::unexpected(error_of(exception, "Indexing documents"));
  }
}

Result<void> KnowledgeDatabase::remove(const CollectionKey& key,
                                       const std::vector<std::string>& ids) {
  try {
    SQLite::Transaction transaction(writer_, SQLite::TransactionBehavior::IMMEDIATE);
    Writer writer(writer_, key);
    for (const auto& id : ids) writer.drop(id);
    transaction.commit();
    version_ += writer.version_change();
    return {};
  } catch (const SQLite::Exception& exception) {
    return std::unexpected(error_of(exception, "Removing documents"));
  }
}

Result<std::vector<DocumentInfo>> KnowledgeDatabase::list(const CollectionKey& key) {
  try {
    SQLite::Statement rows(
        reader_, "SELECT " GATEHOUSE_INFO_COLUMNS
                 " FROM documents WHERE site = ? AND collection = ? ORDER BY file LIMIT ?");
    SQLite::bind(rows, key.site, key.collection,
                 static_cast<std::int64_t>(knowledge::kMaxSourceFiles));
    std::vector<DocumentInfo> infos;
    while (rows.executeStep()) infos.push_back(info_of(rows));
    return infos;
  } catch (const SQLite::Exception& exception) {
    return std::unexpected(error_of(exception, "Listing documents"));
  }
}

Result<knowledge::StoredDocument> KnowledgeDatabase::read(const std::string& site,
                                                          const std::string& id) {
  try {
    SQLite::Statement row(reader_, "SELECT " GATEHOUSE_INFO_COLUMNS
                                   ", text FROM documents WHERE site = ? AND id = ?");
    SQLite::bind(row, site, id);
    if (!row.executeStep()) return fail(ErrorCode::kNotFound, "There is no such document.");
    return knowledge::StoredDocument{.info = info_of(row), .text = text_of(row, 7)};
  } catch (const SQLite::Exception& exception) {
    return std::unexpected(error_of(exception, "Reading a document"));
  }
}

Result<SearchResult> KnowledgeDatabase::search(const SearchRequest& request) {
  if (request.terms.size() > knowledge::kMaxSearchTerms) {
    return fail(ErrorCode::kTooLarge, "The question has too many words.");
  }
  try {
    // One transaction, so that counts and chunks are of the same moment.
    SQLite::Transaction moment(reader_);
    SearchResult out;
    SQLite::Statement all(reader_, "SELECT count(*) FROM chunks WHERE site = ?");
    all.bind(1, request.site);
    if (all.executeStep())
      out.chunks_in_all = static_cast<std::uint64_t>(all.getColumn(0).getInt64());
    const auto scope = scope_of(request.site);
    for (const auto& term : request.terms) {
      out.chunks_with_term.push_back(count_with(reader_, query_of(scope, {term})));
    }
    if (const auto query = query_of(scope, request.terms); !query.empty()) {
      find_chunks(reader_, request, query, out);
    }
    return out;
  } catch (const SQLite::Exception& exception) {
    return std::unexpected(error_of(exception, "Searching documents"));
  }
}

}  // namespace gatehouse::store::sqlite
