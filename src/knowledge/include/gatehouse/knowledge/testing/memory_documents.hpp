// For tests: the index in memory, with a simple order of its own.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "gatehouse/base/text.hpp"
#include "gatehouse/knowledge/document_source.hpp"
#include "gatehouse/knowledge/documents.hpp"

namespace gatehouse::knowledge::testing {

class MemoryDocuments final : public Documents {
 public:
  bool is_failing = false;  // every call then answers kUnavailable
  std::vector<SearchRequest> requests;

  async::Task<Result<void>> upsert(CollectionKey key,
                                   std::vector<IndexedDocument> documents) override {
    if (is_failing) co_return away();
    for (auto& document : documents) {
      std::erase_if(held_, [&](const Held& held) {
        return held.key.site == key.site && (held.document.info.id == document.info.id ||
                                             (held.key.collection == key.collection &&
                                              held.document.info.file == document.info.file));
      });
      held_.push_back({key, std::move(document)});
    }
    co_return Result<void>{};
  }

  async::Task<Result<void>> remove(CollectionKey key, std::vector<std::string> ids) override {
    if (is_failing) co_return away();
    std::erase_if(held_, [&](const Held& held) {
      return held.key.site == key.site && held.key.collection == key.collection &&
             std::ranges::find(ids, held.document.info.id) != ids.end();
    });
    co_return Result<void>{};
  }

  async::Task<Result<std::vector<DocumentInfo>>> list(CollectionKey key) override {
    if (is_failing) co_return away();
    std::vector<DocumentInfo> infos;
    for (const auto& held : held_) {
      if (held.key.site == key.site && held.key.collection == key.collection) {
        infos.push_back(held.document.info);
      }
    }
    std::ranges::sort(infos, {}, &DocumentInfo::file);
    co_return infos;
  }

  async::Task<Result<StoredDocument>> read(std::string site, std::string id) override {
    if (is_failing) co_return away();
    for (const auto& held : held_) {
      if (held.key.site != site || held.document.info.id != id) continue;
      co_return StoredDocument{.info = held.document.info, .text = held.document.text};
    }
    co_return fail(ErrorCode::kNotFound, "There is no such document.");
  }

  async::Task<Result<SearchResult>> search(SearchRequest request) override {
    requests.push_back(request);
    if (is_failing) co_return away();
    co_return find(request);
  }

 private:
  struct Held {
    CollectionKey key;
    IndexedDocument document;
  };

  static std::unexpected<Error> away() {
    return fail(ErrorCode::kUnavailable, "The index is away.");
  }

  static std::size_t count(const std::string& terms, const std::string& term) {
    return static_cast<std::size_t>(std::ranges::count(split(terms, ' '), term));
  }

  SearchResult find(const SearchRequest& request) const {
    SearchResult result;
    result.chunks_with_term.assign(request.terms.size(), 0);
    for (const auto& held : held_) {
      if (held.key.site != request.site) continue;
      for (const auto& item : held.document.chunks) {
        ++result.chunks_in_all;
        double score = 0;
        for (std::size_t i = 0; i < request.terms.size(); ++i) {
          const auto& term = request.terms[i];
          const auto hits = count(item.body_terms, term) + 2 * count(item.heading_terms, term) +
                            count(item.path_terms, term);
          if (hits == 0) continue;
          ++result.chunks_with_term[i];
          score += 1.0 + std::log(static_cast<double>(hits));
        }
        if (score <= 0) continue;
        const auto& info = held.document.info;
        result.chunks.push_back({.chunk = item.chunk,
                                 .document_id = info.id,
                                 .file = info.file,
                                 .title = info.title,
                                 .media_type = info.media_type,
                                 .score = score});
      }
    }
    std::ranges::sort(result.chunks, [](const FoundChunk& a, const FoundChunk& b) {
      return std::pair(-a.score, a.chunk.start) < std::pair(-b.score, b.chunk.start);
    });
    if (result.chunks.size() > request.limit) result.chunks.resize(request.limit);
    return result;
  }

  std::vector<Held> held_;
};

}  // namespace gatehouse::knowledge::testing
