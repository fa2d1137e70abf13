#include "gatehouse/store/sqlite/sealed_rows.hpp"

#include <array>
#include <utility>
#include <vector>

#include "blobs.hpp"

namespace gatehouse::store::sqlite {
namespace {

constexpr int kRowsPerStep = 100;
constexpr std::size_t kSecretKinds = 3;

// A table whose rows have a site, an id and something sealed that belongs to both.
struct SecretKind {
  const char* select;
  const char* update;
  const char* count;
};

constexpr std::array<SecretKind, kSecretKinds> kSecrets = {{
    {"SELECT site, account, sealed_key FROM second_factors WHERE (site, account) > (?1, ?2)"
     " ORDER BY site, account LIMIT ?3",
     "UPDATE second_factors SET sealed_key = ?3 WHERE site = ?1 AND account = ?2",
     "SELECT COUNT(*) FROM second_factors WHERE substr(sealed_key, 1, 4) <> ?1"},
    {"SELECT site, kid, sealed_secret FROM token_keys WHERE (site, kid) > (?1, ?2)"
     " ORDER BY site, kid LIMIT ?3",
     "UPDATE token_keys SET sealed_secret = ?3 WHERE site = ?1 AND kid = ?2",
     "SELECT COUNT(*) FROM token_keys WHERE substr(sealed_secret, 1, 4) <> ?1"},
    {"SELECT site, id, sealed_secret FROM refresh_families WHERE (site, id) > (?1, ?2)"
     " ORDER BY site, id LIMIT ?3",
     "UPDATE refresh_families SET sealed_secret = ?3 WHERE site = ?1 AND id = ?2",
     "SELECT COUNT(*) FROM refresh_families WHERE substr(sealed_secret, 1, 4) <> ?1"},
}};

constexpr std::array<const char*, 2> kTextCounts = {
    "SELECT COUNT(*) FROM conversations WHERE substr(sealed_title, 1, 4) <> ?1",
    "SELECT COUNT(*) FROM messages WHERE substr(sealed, 1, 4) <> ?1",
};

std::uint64_t count_of(Connection& connection, const char* sql, const std::string& mark) {
  auto& row = connection.prepared(sql);
  bind_blob(row, 1, mark);
  row.executeStep();
  return static_cast<std::uint64_t>(row.getColumn(0).getInt64());
}

const crypto::Sealer& sealer_of(const StoreSealers& sealers, std::size_t kind) {
  const std::array<const crypto::Sealer*, kSecretKinds> all = {
      &sealers.second_factors, &sealers.token_keys, &sealers.refresh_families};
  return *all[kind];
}

}  // namespace

// The three that follow answer whether there may be more.
bool SealedRows::reseal_secrets(Connection& connection) {
  const auto& kind = kSecrets[place_.kind];
  const auto& sealer = sealer_of(sealers_, place_.kind);
  struct Row {
    std::string site;
    std::string id;
    std::string sealed;
  };
  std::vector<Row> found;
  auto& rows = connection.prepared(kind.select);
  with_values(rows, place_.site, place_.id, kRowsPerStep);
  while (rows.executeStep()) {
    found.push_back(
        {rows.getColumn(0).getString(), rows.getColumn(1).getString(), blob_in(rows.getColumn(2))});
  }
  for (const auto& row : found) {
    place_.site = row.site;
    place_.id = row.id;
    if (!sealer.is_outdated(row.sealed)) continue;
    const std::string context = row.site + "/" + row.id;
    const auto text = sealer.open(row.sealed, context);
    if (!text) {
      ++progress_.unreadable;
      continue;
    }
    auto& update = connection.prepared(kind.update);
    with_values(update, row.site, row.id);
    bind_blob(update, 3, sealer.seal(*text, context, random_));
    update.exec();
    ++progress_.resealed;
  }
  return found.size() == kRowsPerStep;
}

bool SealedRows::reseal_titles(Connection& connection) {
  struct Row {
    std::int64_t sequence = 0;
    ConversationName name;
    KeptText kept;
  };
  std::vector<Row> found;
  auto& rows = connection.prepared(
      "SELECT sequence, site, id, title, sealed_title FROM conversations WHERE sequence > ?1"
      " ORDER BY sequence LIMIT ?2");
  with_values(rows, place_.sequence, kRowsPerStep);
  while (rows.executeStep()) {
    found.push_back(
        {.sequence = rows.getColumn(0).getInt64(),
         .name = {rows.getColumn(1).getString(), rows.getColumn(2).getString()},
         .kept = {.text = rows.getColumn(3).getString(), .sealed = sealed_in(rows.getColumn(4))}});
  }
  for (const auto& row : found) {
    place_.sequence = row.sequence;
    if (!texts_.is_outdated(row.kept)) continue;
    auto title = texts_.open_title(row.kept, row.name);
    if (title.empty()) {
      ++progress_.unreadable;
      continue;
    }
    const auto kept = texts_.keep_title(std::move(title), row.name);
    auto& update = connection.prepared(
        "UPDATE conversations SET title = ?2, sealed_title = ?3 WHERE sequence = ?1");
    with_values(update, row.sequence, kept.text);
    bind_sealed(update, 3, kept.sealed);
    update.exec();
    ++progress_.resealed;
  }
  return found.size() == kRowsPerStep;
}

bool SealedRows::reseal_messages(Connection& connection) {
  struct Row {
    std::int64_t sequence = 0;
    ConversationName name;
    std::string id;
    KeptText kept;
  };
  std::vector<Row> found;
  auto& rows = connection.prepared(
      "SELECT m.sequence, c.site, c.id, m.id, m.text, m.citations, m.sealed FROM messages m"
      " JOIN conversations c ON c.sequence = m.conversation WHERE m.sequence > ?1"
      " ORDER BY m.sequence LIMIT ?2");
  with_values(rows, place_.sequence, kRowsPerStep);
  while (rows.executeStep()) {
    found.push_back({.sequence = rows.getColumn(0).getInt64(),
                     .name = {rows.getColumn(1).getString(), rows.getColumn(2).getString()},
                     .id = rows.getColumn(3).getString(),
                     .kept = {.text = rows.getColumn(4).getString(),
                              .citations = rows.getColumn(5).getString(),
                              .sealed = sealed_in(rows.getColumn(6))}});
  }
  for (const auto& row : found) {
    place_.sequence = row.sequence;
    if (!texts_.is_outdated(row.kept)) continue;
    auto plain = texts_.open(row.kept, row.name, row.id);
    if (!plain) {
      ++progress_.unreadable;
      continue;
    }
    const auto kept = texts_.keep(std::move(*plain), row.name, row.id);
    auto& update = connection.prepared(
        "UPDATE messages SET text = ?2, citations = ?3, sealed = ?4 WHERE sequence = ?1");
    with_values(update, row.sequence, kept.text, kept.citations);
    bind_sealed(update, 4, kept.sealed);
    update.exec();
    ++progress_.resealed;
  }
  return found.size() == kRowsPerStep;
}

Result<ResealProgress> SealedRows::reseal_some(Connection& connection) {
  progress_ = {};
  const bool has_more = place_.kind < kSecretKinds    ? reseal_secrets(connection)
                        : place_.kind == kSecretKinds ? reseal_titles(connection)
                                                      : reseal_messages(connection);
  if (!has_more) place_ = Place{.kind = place_.kind + 1, .sequence = -1, .site = {}, .id = {}};
  progress_.has_ended = place_.kind == kKinds;
  if (progress_.has_ended) place_ = {};
  return progress_;
}

async::Task<Result<ResealProgress>> SealedRows::step(async::Worker& home) {
  const auto place = place_;
  auto run = [this](Connection& connection) { return reseal_some(connection); };
  auto done = co_await writer_.write(home, std::move(run));
  if (!done) place_ = place;  // nothing was written: the next step does it again
  co_return done;
}

async::Task<Result<std::uint64_t>> SealedRows::outdated(async::Worker& home) {
  auto run = [sealers = sealers_](Connection& connection) -> Result<std::uint64_t> {
    std::uint64_t count = 0;
    for (std::size_t kind = 0; kind < kSecretKinds; ++kind)
      count += count_of(connection, kSecrets[kind].count, sealer_of(sealers, kind).newest_mark());
    for (const auto* sql : kTextCounts)
      count += count_of(connection, sql, sealers.messages.newest_mark());
    return count;
  };
  co_return co_await readers_.read(home, std::move(run));
}

}  // namespace gatehouse::store::sqlite
