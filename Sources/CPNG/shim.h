#pragma once
#include <png.h>
#include <setjmp.h>
#include <stdio.h>

// What is here, and why: libpng reports an error by longjmp to a setjmp its caller has made. Swift can call
// neither, and a jump must not cross Swift frames. So the calls that can fail, from the first to the last, are one
// C function, which turns the jump into a return value and a message. Everything else is done in Swift.

// A palette picture of 8 bits a pixel, rows from top to bottom without gaps, and the texts stored with it.
typedef struct {
  png_uint_32 width, height;
  png_const_bytep pixels;
  png_const_colorp palette;
  int palette_count;
  png_const_textp texts;
  int text_count;
} gpgen_png_picture;

// The room for an error's message, which libpng keeps well under this length.
enum { gpgen_png_message_size = 256 };

// The manual: an error function must not return.
static inline void gpgen_png_fail(png_structp png, png_const_charp message) {
  char *room = (char *)png_get_error_ptr(png);
  snprintf(room, gpgen_png_message_size, "%s", message);
  png_longjmp(png, 1);
}

// Warnings come before an error that says the same, or need no one's attention; libpng would print them.
static inline void gpgen_png_ignore(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

// Encodes the picture, handing the bytes to `write` as they come (`png_get_io_ptr` is `sink` there; it must return).
// Returns 1, or 0 with the reason in `message`, which has `gpgen_png_message_size` bytes.
//
// Not inlined: a function that calls setjmp must not become part of a Swift one.
__attribute__((noinline)) static inline int gpgen_png_encode(
    const gpgen_png_picture *picture, png_rw_ptr write, void *sink, char *message) {
  snprintf(message, gpgen_png_message_size, "out of memory");
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, message, gpgen_png_fail, gpgen_png_ignore);
  if (png == NULL) return 0;
  png_infop info = png_create_info_struct(png);
  // Neither variable changes after this, so both hold their values when a jump comes back here.
  if (info == NULL || setjmp(png_jmpbuf(png))) {
    png_destroy_write_struct(&png, &info);
    return 0;
  }
  png_set_write_fn(png, sink, write, NULL);
  png_set_IHDR(png, info, picture->width, picture->height, 8, PNG_COLOR_TYPE_PALETTE, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
  png_set_PLTE(png, info, picture->palette, picture->palette_count);
  png_set_text(png, info, picture->texts, picture->text_count);
  // Neighbouring levels have neighbouring indices, so the row filters pay, which libpng leaves off for palettes.
  png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_ALL_FILTERS);
  png_write_info(png, info);
  for (png_uint_32 row = 0; row < picture->height; row++)
    png_write_row(png, picture->pixels + (size_t)row * picture->width);
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return 1;
}
