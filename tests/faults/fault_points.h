/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  fault_points.h
 * @brief How a test sets the faults of a build with CROSSTOWN_FAULTS.
 *
 * Thread: any.
 * Lifetime: declarations only.
 */
#ifndef FAULT_POINTS_H
#define FAULT_POINTS_H

#include "apr_optional.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Fail at this point, from its nth passing on (1: the next one) for so many
 * passings; what was set before is forgotten, the count of failures starts
 * anew.
 * @param point  thread, batch, carry, scratch, clock or lock
 * @param nth    0: never
 * @param times  how often
 * @return how often it has failed since the last call; < 0: no such point
 */
APR_DECLARE_OPTIONAL_FN(int, crosstown_fault,
                        (const char *point, unsigned int nth,
                         unsigned int times));

#ifdef __cplusplus
}
#endif

#endif
