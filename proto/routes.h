// SPDX-License-Identifier: Apache-2.0
#ifndef PROTO_ROUTES_H
#define PROTO_ROUTES_H

#define ROUTE_EVALUATIONS "/v1/evaluations"
#define ROUTE_KEY "/v1/key"
#define ROUTE_QUESTIONS "/v1/questions"
#define ROUTE_INVOLVEMENTS "/v1/involvements"
#define ROUTE_SCHEME "/v1/scheme"
#define ROUTE_WITNESS "/v1/witness"
#define ROUTE_WHOAMI "/v1/whoami"

#endif
