#include "gatehouse/guard/crawler_checks.hpp"

#include <algorithm>
#include <array>

#include "gatehouse/base/hash.hpp"
#include "spin_lock.hpp"

namespace gatehouse::guard {
namespace {

// As their owners' pages say. Those that publish lists of addresses alone can't be looked up.
constexpr std::array<std::string_view, 2> kGoogle = {"googlebot.com", "google.com"};
constexpr std::array<std::string_view, 1> kBing = {"search.msn.com"};
constexpr std::array<std::string_view, 1> kApple = {"applebot.apple.com"};
constexpr std::array<std::string_view, 3> kYandex = {"yandex.ru", "yandex.net", "yandex.com"};
constexpr std::array<std::string_view, 2> kBaidu = {"baidu.com", "baidu.jp"};
constexpr std::array<std::string_view, 1> kSeznam = {"seznam.cz"};
constexpr auto kCrawlers = std::to_array<Crawler>({{"googlebot", kGoogle},
                                                   {"adsbot-google", kGoogle},
                                                   {"bingbot", kBing},
                                                   {"applebot", kApple},
                                                   {"yandexbot", kYandex},
                                                   {"baiduspider", kBaidu},
                                                   {"seznambot", kSeznam}});

}  // namespace

std::span<const Crawler> known_crawlers() { return kCrawlers; }

CrawlerChecks::CrawlerChecks(const Clock& clock, std::uint64_t seed)
    : clock_(clock), seed_(seed), lines_(std::make_unique<Line[]>(kLines)) {}

std::uint64_t CrawlerChecks::key_of(const Question& question) const {
  return keyed_hash(IpPrefix(question.client, 128), seed_,
                    static_cast<std::uint64_t>(question.crawler - kCrawlers.data()));
}

// The line is this question's from now on, whether it can be asked at once or later.
bool CrawlerChecks::begins_question(Line& line, std::uint64_t key) {
  line.key = key;
  line.claim = CrawlerClaim::kUnknown;
  const bool is_asked = on_question_ && questions_.fetch_add(1) < kMostQuestions;
  if (on_question_ && !is_asked) questions_.fetch_sub(1);
  line.until = clock_.now() + (is_asked ? kAskedAgainAfter : Duration::zero());
  return is_asked;
}

CrawlerClaim CrawlerChecks::check(std::string_view agent, const IpAddress& client) noexcept {
  const auto crawler = std::ranges::find_if(
      kCrawlers, [&](const Crawler& each) { return agent.contains(each.agent); });
  if (crawler == kCrawlers.end()) [[likely]]
    return CrawlerClaim::kNone;
  if (client.is_special()) return CrawlerClaim::kFalse;  // nobody crawls from there
  const Question question{client, &*crawler};
  const std::uint64_t key = key_of(question);
  auto& line = lines_[key % kLines];
  {
    const SpinLock lock(line.lock);
    if (line.key == key && clock_.now() < line.until) return line.claim;
    if (!begins_question(line, key)) return CrawlerClaim::kUnknown;
  }
  on_question_(question);
  return CrawlerClaim::kUnknown;
}

void CrawlerChecks::note(const Question& question, CrawlerClaim answer) {
  questions_.fetch_sub(1);
  if (answer == CrawlerClaim::kUnknown) return;
  const std::uint64_t key = key_of(question);
  auto& line = lines_[key % kLines];
  const SpinLock lock(line.lock);
  if (line.key != key) return;
  line.claim = answer;
  line.until = clock_.now() + kKept;
}

}  // namespace gatehouse::guard
