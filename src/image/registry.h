/* SPDX-License-Identifier: Apache-2.0 */
/* Where registries are asked for images: a room of its own, which the command line uses, too. */
#ifndef TARE_IMAGE_REGISTRY_H
#define TARE_IMAGE_REGISTRY_H

#include "registry/registry.h" /* IWYU pragma: export */

#endif
