#pragma once
#include <png.h>
#include <setjmp.h>
#include <stdio.h>

// libpng reports errors by longjmp to a setjmp of its caller. Swift can call neither, and a jump must not cross Swift
// frames. So all calls that can fail are in one C function, which turns the jump into a return value and a message.

// An 8-bit palette picture, rows from top to bottom without gaps, and the text chunks stored with it.
typedef struct {
  png_uint_32 width, height;
  png_const_bytep pixels;
  png_const_colorp palette;
  int palette_count;
  png_const_textp texts;
  int text_count;
} gpgen_png_picture;

// The size of the message buffer; libpng's messages are much shorter.
enum { gpgen_png_message_size = 256 };

// libpng's manual: an error function must not return.
static inline void gpgen_png_fail(png_structp png, png_const_charp message) {
  char *buffer = (char *)png_get_error_ptr(png);
  snprintf(buffer, gpgen_png_message_size, "%s", message);
  png_longjmp(png, 1);
}

// libpng would print warnings. They either precede an error with the same text or do not matter.
static inline void gpgen_png_ignore(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

// Encodes the picture and passes the bytes to `write`, which must return and finds `sink` in `png_get_io_ptr`. Returns
// 1, or 0 with the reason in `message`, which has `gpgen_png_message_size` bytes.
//
// Not inlined: a function that calls setjmp must not be inlined into a Swift one.
__attribute__((noinline)) static inline int gpgen_png_encode(
    const gpgen_png_picture *picture, png_rw_ptr write, void *sink, char *message) {
  snprintf(message, gpgen_png_message_size, "out of memory");
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, message, gpgen_png_fail, gpgen_png_ignore);
  if (png == NULL) return 0;
  png_infop info = png_create_info_struct(png);
  // Neither variable changes after this, so both keep their values after a jump.
  if (info == NULL || setjmp(png_jmpbuf(png))) {
    png_destroy_write_struct(&png, &info);
    return 0;
  }
  png_set_write_fn(png, sink, write, NULL);
  png_set_IHDR(png, info, picture->width, picture->height, 8, PNG_COLOR_TYPE_PALETTE, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
  png_set_PLTE(png, info, picture->palette, picture->palette_count);
  png_set_text(png, info, picture->texts, picture->text_count);
  // Neighbouring levels have neighbouring indices, so row filters pay off; libpng disables them for palettes by
  // default.
  png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_ALL_FILTERS);
  png_write_info(png, info);
  for (png_uint_32 row = 0; row < picture->height; row++)
    png_write_row(png, picture->pixels + (size_t)row * picture->width);
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return 1;
}
