// What proves that a candidate is what its rule looks for. Each is a pure function of the
// candidate: see Confirm for what it must hold.
#pragma once

#include "reply_rule.hpp"

namespace gatehouse::guard {

inline Finding no() { return {}; }
inline Finding more() { return {.step = Finding::Step::kMore}; }
inline Finding yes(std::size_t length, std::size_t start = 0) {
  return {.step = Finding::Step::kYes, .length = length, .start = start};
}
// For what can only be told once the run has ended.
inline Finding more_if(bool is_open) { return is_open ? more() : no(); }

// confirm_secrets.cpp
Finding confirm_length(const Candidate&) noexcept;       // `least` body bytes are enough
Finding confirm_key(const Candidate&) noexcept;          // and they look random
Finding confirm_assignment(const Candidate&) noexcept;   // name = "random value"
Finding confirm_jwt(const Candidate&) noexcept;          // a header with "alg", and a payload
Finding confirm_pem(const Candidate&) noexcept;          // the first line of a private key
Finding confirm_credentials(const Candidate&) noexcept;  // scheme://user:password@
Finding confirm_literal(const Candidate&) noexcept;      // the opener and its rest
Finding confirm_word(const Candidate&) noexcept;         // the opener, and no word goes on

// confirm_personal.cpp
Finding confirm_email(const Candidate&) noexcept;
Finding confirm_phone(const Candidate&) noexcept;  // +886 2 …, (02) 1234-5678, 555-123-4567
Finding confirm_card(const Candidate&) noexcept;   // 13 to 19 digits in groups, Luhn
Finding confirm_iban(const Candidate&) noexcept;   // mod 97, in groups of four or in one

// confirm_national_ids.cpp
Finding confirm_tw_id(const Candidate&) noexcept;
Finding confirm_jp_my_number(const Candidate&) noexcept;
Finding confirm_us_ssn(const Candidate&) noexcept;
Finding confirm_uk_nino(const Candidate&) noexcept;
Finding confirm_de_tax_id(const Candidate&) noexcept;
Finding confirm_kr_rrn(const Candidate&) noexcept;
Finding confirm_cn_id(const Candidate&) noexcept;

// confirm_links.cpp
Finding confirm_image(const Candidate&) noexcept;       // ![…](where it may not come from)
Finding confirm_definition(const Candidate&) noexcept;  // [name]: the same
Finding confirm_link(const Candidate&) noexcept;        // https://where no link may lead
Finding confirm_html_fetch(const Candidate&) noexcept;  // a tag that fetches from there
Finding confirm_html_tag(const Candidate&) noexcept;    // any tag of HTML

}  // namespace gatehouse::guard
