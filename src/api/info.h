/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of info that stand in files of their own. */
#ifndef TARE_API_INFO_H
#define TARE_API_INFO_H

#include "call.h"

/* "RegistryConfig" */
void info_write_registries(struct call *c, struct jsonw *w);
/* "HttpProxy", "HttpsProxy", "NoProxy", credentials masked. */
void info_write_proxies(struct call *c, struct jsonw *w);

#endif
