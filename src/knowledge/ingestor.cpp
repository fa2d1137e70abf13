#include "gatehouse/knowledge/ingestor.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "gatehouse/base/hash.hpp"
#include "gatehouse/base/id.hpp"
#include "gatehouse/knowledge/chunker.hpp"

namespace gatehouse::knowledge {
namespace {

// Change it whenever chunks or terms are made differently: everything is then indexed again.
constexpr std::string_view kIndexVersion = "1-";

std::string fingerprint_of(std::string_view bytes) {
  return std::string(kIndexVersion) + std::to_string(keyed_hash(bytes, 0, 1)) + "-" +
         std::to_string(keyed_hash(bytes, 2, 3));
}

bool is_same(const SourceFile& a, const SourceFile& b) {
  return a.size_bytes == b.size_bytes && a.modified_ms == b.modified_ms;
}

}  // namespace

Ingestor::Ingestor(async::Worker& home, Ports ports, CollectionKey key, OnProgress on_progress)
    : home_(home),
      ports_(ports),
      key_(std::move(key)),
      on_progress_(std::move(on_progress)),
      wake_(home) {}

void Ingestor::report(const IngestProgress& progress) const {
  if (on_progress_) on_progress_(progress);
}

void Ingestor::note_failure(IngestProgress& progress, std::string name, std::string reason) {
  if (progress.failed.size() >= kMaxSkippedFiles) return;
  progress.failed.push_back({.name = std::move(name), .reason = std::move(reason)});
}

void Ingestor::prepare_file(const SourceFile& file, const DocumentInfo* known, Prepared& out) {
  const auto fail_with = [&](std::string reason, bool is_passing = false) {
    out.failed.push_back({.file = file, .reason = std::move(reason), .is_passing = is_passing});
  };
  if (file.size_bytes > kMaxDocumentBytes) {
    return fail_with("It is larger than " + std::to_string(kMaxDocumentBytes >> 20) + " MB.");
  }
  auto bytes = ports_.source.read(file.name);
  if (!bytes) return fail_with(bytes.error().client_message);
  auto fingerprint = fingerprint_of(*bytes);
  if (known != nullptr && known->fingerprint == fingerprint) {
    out.unchanged.push_back(file);
    return;
  }
  const auto media_type = media_type_of(file.name);
  auto parsed = ports_.parser.parse(media_type, *bytes);
  if (!parsed) {
    // A reader that can't be started is not the file's fault: the next scan tries again.
    return fail_with(parsed.error().client_message, parsed.error().code == ErrorCode::kUnavailable);
  }
  DocumentInfo info{.id = known != nullptr ? known->id : std::string(),
                    .file = file.name,
                    .title = {},
                    .media_type = std::string(media_type),
                    .size_bytes = file.size_bytes,
                    .modified_ms = file.modified_ms,
                    .fingerprint = std::move(fingerprint)};
  if (info.id.empty()) info.id = make_uuid_v7(home_.clock().wall(), ports_.random);
  out.documents.push_back(index_document(std::move(info), std::move(*parsed), tokenizer_));
}

Ingestor::Prepared Ingestor::prepare(const std::vector<SourceFile>& files, std::size_t from,
                                     const Known& known) {
  Prepared out;
  std::uint64_t bytes = 0;
  for (out.next = from; out.next < files.size() && out.next - from < kBatchDocuments;) {
    if (is_stopping_) break;
    const auto& file = files[out.next++];
    const auto found = known.find(file.name);
    prepare_file(file, found == known.end() ? nullptr : &found->second, out);
    bytes += file.size_bytes;
    if (bytes >= kBatchBytes) break;
  }
  return out;
}

// What has to be looked at: neither the index nor an earlier scan knows the file as it is now.
std::vector<SourceFile> Ingestor::changed_files(const SourceListing& listing, const Known& known,
                                                IngestProgress& progress) {
  std::vector<SourceFile> changed;
  for (const auto& file : listing.files) {
    const auto seen = seen_.find(file.name);
    if (seen != seen_.end() && is_same(seen->second.file, file)) {
      if (!seen->second.reason.empty()) note_failure(progress, file.name, seen->second.reason);
      if (!seen->second.reason.empty() || known.contains(file.name)) {
        ++progress.done;
        continue;
      }
    }
    const auto indexed = known.find(file.name);
    const bool is_indexed = indexed != known.end() && file.modified_ms != 0 &&
                            indexed->second.modified_ms == file.modified_ms &&
                            indexed->second.size_bytes == file.size_bytes &&
                            indexed->second.fingerprint.starts_with(kIndexVersion);
    if (is_indexed) {
      ++progress.done;
    } else {
      changed.push_back(file);
    }
  }
  return changed;
}

std::vector<std::string> Ingestor::vanished(const SourceListing& listing, const Known& known) {
  std::set<std::string_view> present;
  for (const auto& file : listing.files) present.insert(file.name);
  std::erase_if(seen_, [&](const auto& entry) { return !present.contains(entry.first); });
  std::vector<std::string> ids;
  for (const auto& [name, info] : known) {
    const auto seen = seen_.find(name);
    // A file that can't be read as it is now must not be quoted as it was.
    const bool is_failed = seen != seen_.end() && !seen->second.reason.empty();
    if (!present.contains(name) || is_failed) ids.push_back(info.id);
  }
  return ids;
}

void Ingestor::take_in(Prepared& batch, IngestProgress& progress) {
  progress.done += batch.documents.size() + batch.unchanged.size() + batch.failed.size();
  progress.indexed += batch.documents.size();
  for (auto& file : batch.unchanged) seen_[file.name] = {.file = file, .reason = {}};
  for (auto& failure : batch.failed) {
    note_failure(progress, failure.file.name, failure.reason);
    if (!failure.is_passing) seen_[failure.file.name] = std::move(failure);
  }
}

async::Task<Result<IngestProgress>> Ingestor::scan() {
  IngestProgress progress;
  auto listing = co_await ports_.pool.run(
      home_, [this]() -> Result<SourceListing> { return ports_.source.list(); });
  if (!listing) co_return std::unexpected(std::move(listing.error()));
  auto indexed = co_await ports_.documents.list(key_);
  if (!indexed) co_return std::unexpected(std::move(indexed.error()));
  Known known;
  for (auto& info : *indexed) known.emplace(info.file, std::move(info));

  progress.total = listing->files.size();
  for (auto& skipped : listing->skipped) note_failure(progress, skipped.name, skipped.reason);
  const auto changed = changed_files(*listing, known, progress);
  report(progress);
  for (std::size_t next = 0; next < changed.size() && !is_stopping_;) {
    auto batch = co_await ports_.pool.run(home_, [this, &changed, &known, next] {
      return Result<Prepared>(prepare(changed, next, known));
    });
    if (!batch) co_return std::unexpected(std::move(batch.error()));
    next = batch->next;
    take_in(*batch, progress);
    if (!batch->documents.empty()) {
      auto written = co_await ports_.documents.upsert(key_, std::move(batch->documents));
      if (!written) co_return std::unexpected(std::move(written.error()));
    }
    report(progress);
  }
  if (is_stopping_) co_return progress;
  auto gone = vanished(*listing, known);
  progress.removed = gone.size();
  if (!gone.empty()) {
    auto removed = co_await ports_.documents.remove(key_, std::move(gone));
    if (!removed) co_return std::unexpected(std::move(removed.error()));
  }
  progress.is_finished = true;
  report(progress);
  co_return progress;
}

async::Task<void> Ingestor::watch(std::function<void(const Error&)> on_error) {
  while (!is_stopping_) {
    auto scanned = co_await scan();
    if (!scanned && on_error) on_error(scanned.error());
    if (is_stopping_) break;
    co_await wake_.wait(home_.in(kRescanInterval));
    wake_.reset();
  }
}

void Ingestor::stop_watching() {
  is_stopping_ = true;
  wake_.set();
}

}  // namespace gatehouse::knowledge
