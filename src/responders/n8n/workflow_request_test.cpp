#include "workflow_request.hpp"

#include <gtest/gtest.h>

#include "gatehouse/base/text.hpp"

namespace gatehouse::responders {
namespace {

class WorkflowRequest : public ::testing::Test {
 protected:
  WorkflowRequest() {
    prompt_.conversation_id = "c1";
    prompt_.request_id = "r1";
    prompt_.asker = {.channel = "web", .kind = "visitor", .language = "", .sender = "visitor:v1"};
    prompt_.messages = {{chat::Role::kUser, "first"},
                        {chat::Role::kAssistant, "answer"},
                        {chat::Role::kUser, "Say \"hi\""}};
    settings_.token_key = crypto::JwsKey::make(crypto::JwsAlgorithm::kHs256, random_);
    settings_.token_lifetime = std::chrono::minutes(5);
  }

  SecureRandom random_;
  FakeClock clock_;
  chat::Prompt prompt_;
  N8nSettings settings_;
};

TEST_F(WorkflowRequest, SendsTheLastMessageAsN8nsOwnChatDoes) {
  EXPECT_EQ(make_workflow_body(prompt_, settings_),
            R"({"action":"sendMessage","sessionId":"c1","chatInput":"Say \"hi\"",)"
            R"("metadata":{"site":"default","channel":"web","request_id":"r1"}})");
}

TEST_F(WorkflowRequest, NamesItsMembersAsTheWorkflowReadsThem) {
  settings_.session_key = "who";
  settings_.input_key = "what";
  prompt_.conversation_id.clear();
  EXPECT_EQ(make_workflow_body(prompt_, settings_),
            R"({"action":"sendMessage","who":"r1","what":"Say \"hi\"",)"
            R"("metadata":{"site":"default","channel":"web","request_id":"r1"}})");
}

TEST_F(WorkflowRequest, SignsWhoAsksForAShortTime) {
  const Secret token = make_workflow_token(prompt_, settings_, clock_.wall(), random_);
  const auto parts = crypto::split_jws(token.reveal());
  ASSERT_TRUE(parts);
  EXPECT_TRUE(settings_.token_key->has_signed(*parts));
  EXPECT_EQ(from_base64url(parts->header), R"({"alg":"HS256","typ":"JWT"})");
  const auto claims = from_base64url(parts->payload).value();
  const auto jti = claims.find(R"("jti":")");
  ASSERT_NE(jti, std::string::npos);
  EXPECT_EQ(claims.substr(0, jti),
            R"({"iss":"gatehouse","aud":"n8n","iat":1800000000,"exp":1800000300,)");
  EXPECT_TRUE(claims.ends_with(R"(","site":"default","sid":"c1","sub":"visitor:v1"})")) << claims;
  const Secret next = make_workflow_token(prompt_, settings_, clock_.wall(), random_);
  EXPECT_NE(next.reveal(), token.reveal()) << "each has an id of its own";
}

TEST_F(WorkflowRequest, WritesCredentialsAsHeaderLines) {
  // RFC 7617 §2, and one whose base64 has both of its last characters.
  EXPECT_EQ(n8n_basic_line("Aladdin", Secret("open sesame")).reveal(),
            "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n");
  EXPECT_EQ(n8n_basic_line("\xFB\xEF", Secret("\xFF\xFF")).reveal(),
            "Authorization: Basic ++86//8=\r\n");
  EXPECT_EQ(n8n_header_line("X-API-Key", Secret("a\r\nHost: b")).reveal(),
            "X-API-Key: a  Host: b\r\n");
}

}  // namespace
}  // namespace gatehouse::responders
