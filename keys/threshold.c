// SPDX-License-Identifier: Apache-2.0
#include "keys/threshold.h"
