// SPDX-License-Identifier: Apache-2.0
#include "client/match_keys.h"
