#include "gatehouse/responders/cache/cached_responder.hpp"

#include <exception>

#include "gatehouse/chat/token_meter.hpp"
#include "gatehouse/codec/json.hpp"
#include "reply_key.hpp"

namespace gatehouse::responders {
namespace {

std::unexpected<Error> left() { return fail(ErrorCode::kCancelled, "The reply was stopped."); }

std::unexpected<Error> too_late() {
  return fail(ErrorCode::kDeadlineExceeded, "The answer took too long. Try again in a moment.");
}

std::uint32_t age_s(const KeptReply& kept, WallTime now) {
  const auto age = std::chrono::duration_cast<std::chrono::seconds>(now - kept.kept_at).count();
  return age > 0 ? static_cast<std::uint32_t>(age) : 0;
}

chat::ReplyEvent given_again(const chat::ReplyEvent& event, std::uint32_t age_s) {
  chat::ReplyEvent copy = event;
  if (auto* const start = std::get_if<chat::ReplyStart>(&copy)) {
    start->cache = chat::CacheOutcome::kHit;
    start->age_s = age_s;
  }
  return copy;
}

}  // namespace

struct CachedResponder::Json {
  codec::JsonReader reader;
};

struct CachedResponder::Question {
  chat::ReplyKey key;
  chat::Prompt prompt;
  bool may_be_on_disk = false;
  std::uint64_t knowledge = 0;  // version
};

// Between who answers and all who listen.
class CachedResponder::FlightSink final : public chat::ReplySink {
 public:
  FlightSink(Flight& flight, ReplyCollector& collector) : flight_(flight), collector_(collector) {}

  void push(chat::ReplyEvent&& event) override {
    collector_.add(event);
    events_.push_back(std::move(event));
  }
  async::Task<Result<void>> flush() override {
    pass_on();
    co_await flight_.wait_for_room();
    if (flight_.exchange().cancellation.is_cancelled()) co_return left();
    co_return Result<void>();
  }
  void pass_on() { flight_.append(std::exchange(events_, {})); }

 private:
  Flight& flight_;
  ReplyCollector& collector_;
  std::vector<chat::ReplyEvent> events_;
};

CachedResponder::CachedResponder(CachedResponderParts parts)
    : parts_(std::move(parts)),
      json_(std::make_unique<Json>()),
      tasks_(parts_.worker, parts_.on_exception) {}

CachedResponder::~CachedResponder() = default;

bool CachedResponder::is_cached(const chat::Prompt& prompt, const chat::AskedFirst& first) const {
  if (first.repeats == chat::Repeats::kNever) return false;
  return first.repeats == chat::Repeats::kAlways || prompt.is_at_temperature_0 ||
         parts_.cache.settings().answers == CachedAnswers::kAll;
}

// No coroutine of its own: what isn't cached costs no more than finding that out.
async::Task<Result<void>> CachedResponder::answer(const chat::Prompt& prompt, chat::ReplySink& sink,
                                                  chat::Exchange& exchange) {
  if (prompt.keeping == chat::Keeping::kKeepNothing)
    return parts_.inner.answer(prompt, sink, exchange);
  const auto first = parts_.inner.asked_first(prompt);
  if (!is_cached(prompt, first)) return parts_.inner.answer(prompt, sink, exchange);
  return answer_cached(prompt, first, sink, exchange);
}

async::Task<Result<void>> CachedResponder::answer_cached(const chat::Prompt& prompt,
                                                         chat::AskedFirst first,
                                                         chat::ReplySink& sink,
                                                         chat::Exchange& exchange) {
  const std::uint64_t knowledge = parts_.knowledge_version();
  const auto key = reply_key(prompt, first,
                             {.policy = parts_.policy.get().fingerprint,
                              .knowledge = knowledge,
                              .is_shared = parts_.cache.settings().is_shared},
                             json_->reader);
  if (!key) co_return co_await parts_.inner.answer(prompt, sink, exchange);
  const WallTime now = parts_.worker.clock().wall();
  const bool asks_anew = prompt.keeping == chat::Keeping::kAskAnew;
  if (!asks_anew) {
    if (auto kept = parts_.cache.find(*key, now))
      co_return co_await replay(*key, std::move(kept), sink, exchange);
  }
  const auto follower = std::make_shared<Follower>(parts_.worker);
  const Deadline deadline = parts_.worker.in(parts_.answer_timeout);
  ReplyCache::Joined joined;
  if (asks_anew) {
    joined.flight = std::make_shared<Flight>(parts_.worker, deadline);
    joined.is_own = joined.flight->join(follower);
  } else {
    joined = parts_.cache.join(*key, now, follower, deadline);
  }
  if (joined.kept) co_return co_await replay(*key, std::move(joined.kept), sink, exchange);
  if (joined.is_own) {
    Question question{
        .key = *key, .prompt = prompt, .may_be_on_disk = !asks_anew, .knowledge = knowledge};
    tasks_.spawn("flight", fly(joined.flight, std::make_unique<Question>(std::move(question))));
  }
  co_return co_await follow(*key, *joined.flight, follower, joined.is_own, sink, exchange);
}

async::Task<Result<void>> CachedResponder::replay(chat::ReplyKey key,
                                                  std::shared_ptr<const KeptReply> kept,
                                                  chat::ReplySink& sink, chat::Exchange& exchange) {
  const std::uint32_t age = age_s(*kept, parts_.worker.clock().wall());
  std::size_t pushed = 0;
  for (const auto& event : kept->events) {
    sink.push(given_again(event, age));
    ++pushed;
    if (pushed % Flight::kEventsAtOnce != 0 && pushed != kept->events.size()) continue;
    const auto flushed = co_await sink.flush();
    // The rules of today are others than those of the day on which it was kept.
    if (!flushed && flushed.error().code == ErrorCode::kContentBlocked) forget_blocked(key);
    if (!flushed) co_return flushed;
    if (exchange.cancellation.is_cancelled()) co_return left();
  }
  co_return Result<void>();
}

async::Task<Result<void>> CachedResponder::follow(chat::ReplyKey key, Flight& flight,
                                                  const std::shared_ptr<Follower>& follower,
                                                  bool is_own, chat::ReplySink& sink,
                                                  chat::Exchange& exchange) {
  const async::Cancellation::Watch watch(exchange.cancellation,
                                         [follower] { follower->has_news.set(); });
  Result<void> outcome;
  bool goes_on = true;
  while (goes_on) {
    follower->has_news.reset();
    const auto news = flight.take(*follower);
    for (const auto& event : news.events) {
      chat::ReplyEvent copy = *event;
      auto* const start = std::get_if<chat::ReplyStart>(&copy);
      if (start != nullptr && start->cache == chat::CacheOutcome::kNone)
        start->cache = is_own ? chat::CacheOutcome::kMiss : chat::CacheOutcome::kHit;
      sink.push(std::move(copy));
    }
    goes_on = false;
    if (!news.events.empty()) {
      outcome = co_await sink.flush();
      goes_on = outcome.has_value();
    } else if (news.is_behind) {
      outcome =
          fail(ErrorCode::kUnavailable, "The answer came faster than it was read. Ask again.");
    } else if (news.outcome != nullptr) {
      outcome = *news.outcome;
    } else if (exchange.cancellation.is_cancelled()) {
      outcome = left();
    } else {
      const auto wake = co_await follower->has_news.wait(exchange.deadline);
      goes_on = wake == async::Wake::kSignalled;
      if (!goes_on) outcome = too_late();
    }
  }
  // A flight of one's own runs on this worker.
  if (is_own) exchange.was_asked = exchange.was_asked || flight.exchange().was_asked;
  if (!outcome && outcome.error().code == ErrorCode::kContentBlocked) {
    flight.block();
    forget_blocked(key);
  }
  flight.leave(follower);
  co_return outcome;
}

async::Task<void> CachedResponder::fly(std::shared_ptr<Flight> flight,
                                       std::unique_ptr<Question> question) {
  const chat::ReplyKey key = question->key;
  const chat::Prompt& prompt = question->prompt;
  auto* const store = parts_.cache.store();
  if (question->may_be_on_disk && store != nullptr && store->entries() > 0) {
    const auto found = co_await find_on_disk(key);
    if (found) {
      parts_.cache.note_disk_hit();
      parts_.cache.keep(key, found);
      const std::uint32_t age = age_s(*found, parts_.worker.clock().wall());
      std::vector<chat::ReplyEvent> events;
      for (const auto& event : found->events) events.push_back(given_again(event, age));
      flight->append(std::move(events));
      flight->end({});
      co_return parts_.cache.land(key, *flight);
    }
  }
  parts_.cache.note_miss();
  ReplyCollector collector(parts_.inner.asked_first(prompt), prompt.is_at_temperature_0,
                           chat::prompt_bytes(prompt));
  FlightSink sink(*flight, collector);
  Result<void> outcome =
      fail(ErrorCode::kInternal, "Something went wrong here. Try again.", "the responder threw");
  try {
    outcome = co_await parts_.inner.answer(prompt, sink, flight->exchange());
  } catch (const std::exception& exception) {
    outcome.error().log_message += std::string(": ") + exception.what();  // a bug: it still lands
  }
  sink.pass_on();
  auto finished = collector.finish(outcome, parts_.worker.clock().wall());
  std::shared_ptr<const KeptReply> kept;
  if (!finished) {
    parts_.cache.note_not_kept(finished.error());
  } else if (parts_.knowledge_version() != question->knowledge) {
    parts_.cache.note_not_kept(NotKept::kOutdated);
  } else if (!flight->is_blocked()) {
    kept = std::make_shared<const KeptReply>(std::move(*finished));
    parts_.cache.keep(key, kept);
  }
  flight->end(std::move(outcome));
  parts_.cache.land(key, *flight);
  // Whoever asks now finds it; whom the guard stopped meanwhile has seen to it that it goes again.
  if (flight->is_blocked()) {
    parts_.cache.note_not_kept(NotKept::kBlocked);
    co_return parts_.cache.forget(key);
  }
  if (kept && store != nullptr) co_await keep_on_disk(key, std::move(kept));
}

async::Task<std::shared_ptr<const KeptReply>> CachedResponder::find_on_disk(
    const chat::ReplyKey& key) {
  const WallTime oldest = parts_.cache.oldest(parts_.worker.clock().wall());
  auto found = co_await parts_.cache.store()->find(parts_.worker, key, oldest);
  if (!found) note_store_error(found.error());
  if (!found || !*found) co_return nullptr;
  auto kept = kept_reply_from_json((*found)->text, (*found)->kept_at);
  if (!kept) co_return nullptr;
  co_return std::make_shared<const KeptReply>(std::move(*kept));
}

async::Task<void> CachedResponder::keep_on_disk(chat::ReplyKey key,
                                                std::shared_ptr<const KeptReply> kept) {
  chat::KeptText text{.text = kept_reply_to_json(*kept), .kept_at = kept->kept_at};
  const auto written = co_await parts_.cache.store()->keep(parts_.worker, key, std::move(text));
  if (!written) note_store_error(written.error());
}

async::Task<void> CachedResponder::forget_on_disk(chat::ReplyKey key) {
  const auto forgotten = co_await parts_.cache.store()->forget(parts_.worker, key);
  if (!forgotten) note_store_error(forgotten.error());
}

void CachedResponder::forget_blocked(const chat::ReplyKey& key) {
  parts_.cache.forget(key);
  if (parts_.cache.store() != nullptr) tasks_.spawn("forget reply", forget_on_disk(key));
}

void CachedResponder::note_store_error(const Error& error) {
  if (std::exchange(told_error_, std::string(error.for_log())) == error.for_log()) return;
  parts_.log.warning("REPLY_CACHE_FAILED", error.for_log());
}

}  // namespace gatehouse::responders
