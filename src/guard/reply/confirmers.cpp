// The names by which files of rules call the confirmers.
#include "confirmers.hpp"

#include <algorithm>
#include <array>

namespace gatehouse::guard {
namespace {

struct Row {
  std::string_view name;
  Confirm confirm;
};

constexpr std::array kRows = {
    Row{"length", confirm_length},
    Row{"key", confirm_key},
    Row{"assignment", confirm_assignment},
    Row{"jwt", confirm_jwt},
    Row{"pem", confirm_pem},
    Row{"credentials", confirm_credentials},
    Row{"email", confirm_email},
    Row{"phone", confirm_phone},
    Row{"card", confirm_card},
    Row{"iban", confirm_iban},
    Row{"tw_id", confirm_tw_id},
    Row{"jp_my_number", confirm_jp_my_number},
    Row{"us_ssn", confirm_us_ssn},
    Row{"uk_nino", confirm_uk_nino},
    Row{"de_tax_id", confirm_de_tax_id},
    Row{"kr_rrn", confirm_kr_rrn},
    Row{"cn_id", confirm_cn_id},
    Row{"image", confirm_image},
    Row{"definition", confirm_definition},
    Row{"link", confirm_link},
    Row{"html_fetch", confirm_html_fetch},
    Row{"html_tag", confirm_html_tag},
};

}  // namespace

Confirm find_confirmer(std::string_view name) {
  const auto* row = std::ranges::find(kRows, name, &Row::name);
  return row == kRows.end() ? nullptr : row->confirm;
}

std::string_view confirmer_names() {
  return "length, key, assignment, jwt, pem, credentials, email, phone, card, iban, tw_id, "
         "jp_my_number, us_ssn, uk_nino, de_tax_id, kr_rrn, cn_id, image, definition, link, "
         "html_fetch, html_tag";
}

}  // namespace gatehouse::guard
