/* SPDX-License-Identifier: Apache-2.0 */
/* Go's errno texts are glibc's in lower case. */
#include "runtime.h"

#include <ctype.h>
#include <string.h>

const char *runtime_errno_text(int sys)
{
	static char text[128];
	const char *words = strerrordesc_np(sys);
	size_t i = 0;

	if (!words)
		words = "unknown error";
	for (; words[i] && i < sizeof(text) - 1; i++)
		text[i] = (char)tolower((unsigned char)words[i]);
	text[i] = 0;
	return text;
}
