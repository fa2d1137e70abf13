#include "gatehouse/audit/event.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "gatehouse/base/text.hpp"

namespace gatehouse::audit {
namespace {

Record record() {
  return {.sequence = 7,
          .event = {.at = WallTime{std::chrono::milliseconds(1'800'000'000'123)},
                    .action = std::string(action::kSignIn),
                    .actor = "account:0198",
                    .subject = "account:0198",
                    .client = "198.51.100.7",
                    .request_id = "abc-1",
                    .outcome = Outcome::kRefused,
                    .detail = "wrong_password"},
          .previous = crypto::sha256("before")};
}

// The bytes are for good: records written by one version are checked by all later ones.
TEST(AuditRecord, HasTheSameLineForEver) {
  EXPECT_EQ(line_of(record()),
            R"({"sequence":7,"at":"2027-01-15T08:00:00.123Z","site":"default","action":"sign_in",)"
            R"("actor":"account:0198","subject":"account:0198","client":"198.51.100.7",)"
            R"("request_id":"abc-1","outcome":"refused","detail":"wrong_password",)"
            R"("previous":")" +
                crypto::sha256_hex("before") + "\"}");
}

TEST(AuditRecord, DigestIsThatOfTheLineAndChangesWithEveryField) {
  const auto plain = digest_of(record());
  EXPECT_EQ(to_hex(crypto::as_text(plain)), crypto::sha256_hex(line_of(record())));
  std::vector<Record> others(10, record());
  others[0].sequence = 8;
  others[1].event.at += std::chrono::milliseconds(1);
  others[2].event.site = "other";
  others[3].event.action = std::string(action::kSignOut);
  others[4].event.actor = "account:0199";
  others[5].event.subject = "";
  others[6].event.client = "198.51.100.8";
  others[7].event.outcome = Outcome::kDone;
  others[8].event.detail = "\",\"detail\":\"";
  others[9].previous = crypto::sha256("else");
  for (std::size_t i = 0; i < others.size(); ++i) EXPECT_NE(digest_of(others[i]), plain) << i;
}

}  // namespace
}  // namespace gatehouse::audit
