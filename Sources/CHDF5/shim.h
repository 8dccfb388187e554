// HDF5, with the macros that Swift cannot import because they expand to a function call or a cast.

#pragma once
#include <hdf5.h>
#include <hdf5_hl.h>

// These expand to (H5open(), H5T_..._g): the library must be opened before the identifier is read.
static inline hid_t gpgen_h5t_float32(void) { return H5T_IEEE_F32LE; }
static inline hid_t gpgen_h5t_float64(void) { return H5T_IEEE_F64LE; }
static inline hid_t gpgen_h5t_int64(void) { return H5T_STD_I64LE; }
static inline hid_t gpgen_h5t_uint64(void) { return H5T_STD_U64LE; }
static inline hid_t gpgen_h5t_uint32(void) { return H5T_STD_U32LE; }
static inline hid_t gpgen_h5t_c_string(void) { return H5T_C_S1; }
static inline hid_t gpgen_h5p_file_create(void) { return H5P_FILE_CREATE; }
static inline hid_t gpgen_h5p_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t gpgen_h5p_dataset_create(void) { return H5P_DATASET_CREATE; }

// These expand to casts, which the importer does not evaluate.
static const hid_t gpgen_h5p_default = H5P_DEFAULT;
static const hid_t gpgen_h5s_all = H5S_ALL;
static const hid_t gpgen_h5e_default = H5E_DEFAULT;
static const hsize_t gpgen_haddr_undefined = HADDR_UNDEF;

// Whether a link is hard, so that its object is in this file, rather than soft, external or user-defined. A function,
// since versions of the library rename H5Lget_info and make the old name a macro.
static inline herr_t gpgen_h5l_is_hard(hid_t file, const char *name) {
  H5L_info_t info;
  herr_t status = H5Lget_info(file, name, &info, H5P_DEFAULT);
  return status < 0 ? status : info.type == H5L_TYPE_HARD;
}

// Whether an entry of the library's error stack reports a failed allocation.
static inline int gpgen_h5e_is_memory(const H5E_error2_t *entry) {
  return entry->maj_num == H5E_RESOURCE || entry->min_num == H5E_NOSPACE || entry->min_num == H5E_CANTALLOC;
}

// H5T_VARIABLE is SIZE_MAX, which does not fit in Swift's signed size.
static inline herr_t gpgen_h5t_set_variable_size(hid_t type) { return H5Tset_size(type, H5T_VARIABLE); }
