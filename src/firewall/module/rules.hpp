// What is loaded into libmodsecurity, and in which order.
#pragma once

#include <modsecurity/rules_set.h>

#include <string>

#include "inspector.hpp"

namespace gatehouse::firewall {

// Ids of our own rules, which say that not all could be looked at.
inline constexpr int kBodyNotRead = 10001;
inline constexpr int kMatchGivenUp = 10002;

// Empty when all is loaded; else in one line what is wrong and what to install.
std::string load_rules(modsecurity::RulesSet& rules, const InspectorSettings& settings);

}  // namespace gatehouse::firewall
