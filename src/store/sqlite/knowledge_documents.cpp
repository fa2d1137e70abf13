#include "gatehouse/store/sqlite/knowledge_documents.hpp"

#include <utility>

namespace gatehouse::store::sqlite {

using async::Task;
using knowledge::CollectionKey;

Task<Result<void>> KnowledgeDocuments::upsert(CollectionKey key,
                                              std::vector<knowledge::IndexedDocument> documents) {
  co_return co_await lanes_.writing.run(
      home_, [&database = database_, key = std::move(key), documents = std::move(documents)] {
        return database.upsert(key, documents);
      });
}

Task<Result<void>> KnowledgeDocuments::remove(CollectionKey key, std::vector<std::string> ids) {
  co_return co_await lanes_.writing.run(
      home_, [&database = database_, key = std::move(key), ids = std::move(ids)] {
        return database.remove(key, ids);
      });
}

Task<Result<std::vector<knowledge::DocumentInfo>>> KnowledgeDocuments::list(CollectionKey key) {
  co_return co_await lanes_.reading.run(
      home_, [&database = database_, key = std::move(key)] { return database.list(key); });
}

Task<Result<knowledge::StoredDocument>> KnowledgeDocuments::read(std::string site, std::string id) {
  co_return co_await lanes_.reading.run(
      home_, [&database = database_, site = std::move(site), id = std::move(id)] {
        return database.read(site, id);
      });
}

Task<Result<knowledge::SearchResult>> KnowledgeDocuments::search(knowledge::SearchRequest request) {
  co_return co_await lanes_.reading.run(
      home_,
      [&database = database_, request = std::move(request)] { return database.search(request); });
}

}  // namespace gatehouse::store::sqlite
