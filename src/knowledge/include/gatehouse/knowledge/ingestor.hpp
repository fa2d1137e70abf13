// Keeps a collection equal to its source.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "gatehouse/async/blocking_pool.hpp"
#include "gatehouse/async/signal.hpp"
#include "gatehouse/async/task.hpp"
#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/random.hpp"
#include "gatehouse/knowledge/document_parser.hpp"
#include "gatehouse/knowledge/document_source.hpp"
#include "gatehouse/knowledge/documents.hpp"
#include "gatehouse/knowledge/tokenizer.hpp"

namespace gatehouse::knowledge {

struct IngestProgress {
  std::size_t total = 0;            // files the source holds
  std::size_t done = 0;             // looked at in this scan, failed ones included
  std::size_t indexed = 0;          // new or changed
  std::size_t removed = 0;          // gone from the source
  std::vector<SkippedFile> failed;  // at most kMaxSkippedFiles, with why
  bool is_finished = false;
};

inline constexpr Duration kRescanInterval = std::chrono::seconds(30);
inline constexpr std::size_t kBatchDocuments = 64;
inline constexpr std::size_t kBatchBytes = 4u << 20;

// Lists the source, parses and chunks what is new or changed on the pool, writes it in batches and
// removes what vanished. Lives on one worker; the ports and the pool must outlive it. A file that
// fails is reported and not tried again until it changes. Only a source or an index that is away
// ends a scan with an error; the next scan goes on.
class Ingestor {
 public:
  struct Ports {
    DocumentSource& source;
    DocumentParser& parser;
    Documents& documents;
    async::BlockingPool& pool;  // reads and parses: one thread is enough
    Random& random;
  };
  using OnProgress = std::function<void(const IngestProgress&)>;

  Ingestor(async::Worker& home, Ports ports, CollectionKey key, OnProgress on_progress = {});

  // One pass. Not to be run twice at once.
  async::Task<Result<IngestProgress>> scan();
  // Scans now and then each kRescanInterval, or when `wake` is set, until `stop_watching`. Errors
  // of a scan go to `on_error` and the watch goes on.
  async::Task<void> watch(std::function<void(const Error&)> on_error);
  void scan_soon() { wake_.set(); }
  void stop_watching();

 private:
  struct Seen {
    SourceFile file;
    std::string reason;       // why it failed; empty: it is in the index
    bool is_passing = false;  // it failed for a reason that is not the file's
  };
  struct Prepared {
    std::vector<IndexedDocument> documents;
    std::vector<SourceFile> unchanged;  // another time of change, the same bytes
    std::vector<Seen> failed;
    std::size_t next = 0;  // the first file that isn't in this batch
  };
  using Known = std::map<std::string, DocumentInfo, std::less<>>;

  // On the pool:
  Prepared prepare(const std::vector<SourceFile>& files, std::size_t from, const Known& known);
  void prepare_file(const SourceFile& file, const DocumentInfo* known, Prepared& out);
  // On the worker:
  std::vector<SourceFile> changed_files(const SourceListing& listing, const Known& known,
                                        IngestProgress& progress);
  std::vector<std::string> vanished(const SourceListing& listing, const Known& known);
  void take_in(Prepared& batch, IngestProgress& progress);
  static void note_failure(IngestProgress& progress, std::string name, std::string reason);
  void report(const IngestProgress& progress) const;

  async::Worker& home_;
  Ports ports_;
  const CollectionKey key_;
  OnProgress on_progress_;
  Tokenizer tokenizer_;  // used on the pool, by one scan at a time
  std::map<std::string, Seen, std::less<>>
      seen_;  // files that the index alone can't tell from changed ones
  async::Signal wake_;
  std::atomic<bool> is_stopping_ = false;  // read by the pool, too
};

}  // namespace gatehouse::knowledge
