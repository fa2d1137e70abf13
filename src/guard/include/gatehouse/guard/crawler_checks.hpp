// Whether a crawler of a search engine is the one that it says it is.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/ip_address.hpp"

namespace gatehouse::guard {

enum class CrawlerClaim : std::uint8_t {
  kNone,     // it claims to be none of those that can be verified
  kUnknown,  // it is being asked, or could not be
  kTrue,
  kFalse,
};

// A search engine that tells its crawlers' domains, so that their names can be looked up.
struct Crawler {
  std::string_view agent;  // in lower case, part of the User-Agent
  std::span<const std::string_view> domains;
};
std::span<const Crawler> known_crawlers();

// What is known of addresses that claim to be crawlers, for a day. Asks with on_question() and is
// told by note(); until then nothing waits. Memory is fixed (64 KB): whoever finds no line takes
// another's. One for all workers; safe from any thread.
class CrawlerChecks {
 public:
  static constexpr Duration kKept = std::chrono::hours(24);
  static constexpr Duration kAskedAgainAfter = std::chrono::minutes(5);  // what had no answer
  static constexpr int kMostQuestions = 16;                              // at the same time

  struct Question {
    IpAddress client;
    const Crawler* crawler = nullptr;  // of known_crawlers()
  };
  // Called on the thread of the request. Each question is to be answered by one note().
  using OnQuestion = std::function<void(const Question&)>;

  CrawlerChecks(const Clock& clock, std::uint64_t seed);
  CrawlerChecks(const CrawlerChecks&) = delete;
  CrawlerChecks& operator=(const CrawlerChecks&) = delete;
  // Before the first request.
  void set_on_question(OnQuestion on_question) { on_question_ = std::move(on_question); }

  // `agent` in lower case.
  CrawlerClaim check(std::string_view agent, const IpAddress& client) noexcept;
  void note(const Question& question, CrawlerClaim answer);

 private:
  static constexpr std::size_t kLines = 2048;
  struct Line {
    std::atomic_flag lock;
    CrawlerClaim claim = CrawlerClaim::kNone;
    std::uint64_t key = 0;
    TimePoint until;
  };

  std::uint64_t key_of(const Question& question) const;
  bool begins_question(Line& line, std::uint64_t key);

  const Clock& clock_;
  const std::uint64_t seed_;
  std::unique_ptr<Line[]> lines_;
  std::atomic<int> questions_ = 0;
  OnQuestion on_question_;
};

}  // namespace gatehouse::guard
