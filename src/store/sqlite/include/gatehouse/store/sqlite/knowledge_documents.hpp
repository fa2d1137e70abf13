// The index of documents in SQLite, searched with FTS5.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "gatehouse/async/blocking_pool.hpp"
#include "gatehouse/knowledge/documents.hpp"
#include "gatehouse/store/sqlite/database.hpp"

namespace gatehouse::store::sqlite {

// The file knowledge.db with a connection for writing and one for reading, each used on one thread
// only: hand their pools to KnowledgeDocuments. Made once, before the workers; outlives them and is
// outlived by nothing that uses it.
class KnowledgeDatabase {
 public:
  // Opens, checks and migrates `path`, which is made if it isn't there.
  static Result<std::unique_ptr<KnowledgeDatabase>> open(const std::string& path);

  Result<void> upsert(const knowledge::CollectionKey& key,
                      const std::vector<knowledge::IndexedDocument>& documents);
  Result<void> remove(const knowledge::CollectionKey& key, const std::vector<std::string>& ids);
  Result<std::vector<knowledge::DocumentInfo>> list(const knowledge::CollectionKey& key);
  Result<knowledge::StoredDocument> read(const std::string& site, const std::string& id);
  Result<knowledge::SearchResult> search(const knowledge::SearchRequest& request);
  // Another number when there are other documents; the same again when those of before are back,
  // also after a restart. From any thread.
  std::uint64_t version() const { return version_.load(std::memory_order_relaxed); }

 private:
  KnowledgeDatabase(SQLite::Database writer, SQLite::Database reader, std::uint64_t version)
      : writer_(std::move(writer)), reader_(std::move(reader)), version_(version) {}

  SQLite::Database writer_;  // upsert and remove
  SQLite::Database reader_;  // everything else
  std::atomic<std::uint64_t> version_;
};

// The port, for one worker. `writing` and `reading` must have one thread each and be the same for
// all workers.
class KnowledgeDocuments final : public knowledge::Documents {
 public:
  struct Lanes {
    async::BlockingPool& writing;
    async::BlockingPool& reading;
  };
  KnowledgeDocuments(async::Worker& home, KnowledgeDatabase& database, Lanes lanes)
      : home_(home), database_(database), lanes_(lanes) {}

  async::Task<Result<void>> upsert(knowledge::CollectionKey key,
                                   std::vector<knowledge::IndexedDocument> documents) override;
  async::Task<Result<void>> remove(knowledge::CollectionKey key,
                                   std::vector<std::string> ids) override;
  async::Task<Result<std::vector<knowledge::DocumentInfo>>> list(
      knowledge::CollectionKey key) override;
  async::Task<Result<knowledge::StoredDocument>> read(std::string site, std::string id) override;
  async::Task<Result<knowledge::SearchResult>> search(knowledge::SearchRequest request) override;

 private:
  async::Worker& home_;
  KnowledgeDatabase& database_;
  Lanes lanes_;
};

}  // namespace gatehouse::store::sqlite
