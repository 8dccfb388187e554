// HDF5, and what Swift cannot see of it: macros that expand to a function call or to a cast.

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

// These are casts, which the importer does not evaluate.
static const hid_t gpgen_h5p_default = H5P_DEFAULT;
static const hid_t gpgen_h5s_all = H5S_ALL;
static const hid_t gpgen_h5e_default = H5E_DEFAULT;
static const hsize_t gpgen_haddr_undefined = HADDR_UNDEF;

// SIZE_MAX, which does not fit into the signed integer that a size is in Swift.
static inline herr_t gpgen_h5t_set_variable_size(hid_t type) { return H5Tset_size(type, H5T_VARIABLE); }
