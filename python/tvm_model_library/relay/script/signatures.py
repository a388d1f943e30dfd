"""How the functions of operators are called, where TVM's parameters are not the operator's arguments and attributes in
their order: facts of TVM 0.18, python/tvm/relay/op and python/tvm/relay/qnn/op.
"""

from __future__ import annotations

PARAMETERS: dict[str, str] = {
    "dyn.squeeze": "data, axis",
    "zeros": "shape, dtype",
    "ones": "shape, dtype",
    "clip": "a, a_min, a_max",
    "concatenate": "data, axis",
    "stack": "data, axis",
    "shape_of": "data, dtype='int32'",
    "ndarray_size": "data, dtype='int32'",
    "take": "data, indices, axis=None, batch_dims=0, mode='clip'",
    "full": "fill_value, shape=(), dtype=''",
    "broadcast_to": "data, shape",
    "collapse_sum_to": "data, shape",
    "strided_set": "data, v, begin, end, strides=None",
    "gather": "data, axis, indices",
    "sequence_mask": "data, valid_length, mask_value=0, axis=0",
    "one_hot": "indices, on_value, off_value, depth, axis, dtype",
    "cumsum": "data, axis=None, dtype=None, exclusive=None",
    "cumprod": "data, axis=None, dtype=None, exclusive=None",
    "unique": "data, is_sorted=True, return_counts=False",
    "argmax": "data, axis=None, keepdims=False, exclude=False, select_last_index=False",
    "argmin": "data, axis=None, keepdims=False, exclude=False, select_last_index=False",
    "sort": "data, axis=-1, is_ascend=True",
    "argsort": "data, axis=-1, is_ascend=True, dtype='int32'",
    "topk": "data, k=1, axis=-1, ret_type='both', is_ascend=False, dtype='int32'",
    "nn.conv1d": (
        "data, weight, strides=1, padding=0, dilation=1, groups=1, channels=None, kernel_size=None, "
        "data_layout='NCW', kernel_layout='OIW', out_layout='', out_dtype=''"
    ),
    "nn.contrib_conv3d_winograd_without_weight_transform": (
        "data, weight, tile_size, strides=(1, 1, 1), padding=(0, 0, 0), dilation=(1, 1, 1), groups=1, "
        "channels=None, kernel_size=None, data_layout='NCDHW', kernel_layout='OIDHW', out_layout='', "
        "out_dtype=''"
    ),
    "nn.conv3d_transpose": (
        "data, weight, strides=(1, 1, 1), padding=(0, 0, 0), dilation=(1, 1, 1), groups=1, channels=None, "
        "kernel_size=None, data_layout='NCDHW', kernel_layout='IODHW', out_layout='', output_padding=(0, 0, "
        "0), out_dtype=''"
    ),
    "nn.conv2d_transpose": (
        "data, weight, strides=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1, channels=None, "
        "kernel_size=None, data_layout='NCHW', kernel_layout='IOHW', out_layout='', output_padding=(0, 0), "
        "out_dtype=''"
    ),
    "nn.conv1d_transpose": (
        "data, weight, strides=(1,), padding=(0,), dilation=(1,), groups=1, channels=None, kernel_size=None, "
        "data_layout='NCW', kernel_layout='IOW', out_layout='', output_padding=(0,), out_dtype=''"
    ),
    "nn.max_pool1d": (
        "data, pool_size=(1,), strides=(1,), dilation=(1,), padding=(0,), layout='NCW', out_layout='', ceil_mode=False"
    ),
    "nn.max_pool2d": (
        "data, pool_size=(1, 1), strides=(1, 1), dilation=(1, 1), padding=(0, 0), layout='NCHW', "
        "out_layout='', ceil_mode=False"
    ),
    "nn.max_pool3d": (
        "data, pool_size=(1, 1, 1), strides=(1, 1, 1), dilation=(1, 1, 1), padding=(0, 0, 0), layout='NCDHW', "
        "out_layout='', ceil_mode=False"
    ),
    "nn.avg_pool1d": (
        "data, pool_size=(1,), strides=(1,), dilation=(1,), padding=(0,), layout='NCW', out_layout='', "
        "ceil_mode=False, count_include_pad=False"
    ),
    "nn.avg_pool2d": (
        "data, pool_size=(1, 1), strides=(1, 1), dilation=(1, 1), padding=(0, 0), layout='NCHW', "
        "out_layout='', ceil_mode=False, count_include_pad=False"
    ),
    "nn.avg_pool3d": (
        "data, pool_size=(1, 1, 1), strides=(1, 1, 1), dilation=(1, 1, 1), padding=(0, 0, 0), layout='NCDHW', "
        "out_layout='', ceil_mode=False, count_include_pad=False"
    ),
    "nn.max_pool2d_grad": (
        "out_grad, data, pool_size=(1, 1), strides=(1, 1), padding=(0, 0), layout='NCHW', out_layout='', "
        "ceil_mode=False"
    ),
    "nn.avg_pool2d_grad": (
        "out_grad, data, pool_size=(1, 1), strides=(1, 1), padding=(0, 0), layout='NCHW', out_layout='', "
        "ceil_mode=False, count_include_pad=False"
    ),
    "nn.upsampling": "data, scale_h=1, scale_w=1, layout='NCHW', method='nearest_neighbor', align_corners=False",
    "nn.upsampling3d": (
        "data, scale_d=1, scale_h=1, scale_w=1, layout='NCDHW', method='nearest_neighbor', "
        "coordinate_transformation_mode='half_pixel'"
    ),
    "nn.contrib_dense_pack": "data, weight, weight_layout='NC', units=None, out_dtype=''",
    "nn.fifo_buffer": "data, buffer, axis",
    "nn.leaky_relu": "data, alpha=0.01",
    "nn.dilate": "data, strides, dilation_value=0.0",
    "nn.mirror_pad": "data, pad_width, mode='SYMMETRIC'",
    "nn.lrn": "data, size=5, axis=1, bias=2, alpha=1e-5, beta=0.75",
    "nn.group_norm": "data, gamma, beta, num_groups, axis=1, epsilon=1e-5, center=True, scale=True",
    "nn.batch_matmul": "tensor_a, tensor_b, out_dtype='', transpose_a=False, transpose_b=True",
    "nn.contrib_conv2d_winograd_without_weight_transform": (
        "data, weight, tile_size, strides=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1, channels=None, "
        "kernel_size=None, data_layout='NCHW', kernel_layout='OIHW', out_layout='', out_dtype=''"
    ),
    "nn.contrib_conv2d_gemm_weight_transform": "weights, tile_N, tile_K",
    "nn.deformable_conv2d": (
        "data, offset, weight, strides=(1, 1), padding=(0, 0), dilation=(1, 1), deformable_groups=1, "
        "groups=1, channels=None, kernel_size=None, data_layout='NCHW', kernel_layout='OIHW', out_layout='', "
        "out_dtype=''"
    ),
    "nn.bitpack": "data, bits=1, pack_axis=1, bit_axis=2, pack_type='uint32', name='BitPack'",
    "nn.bitserial_conv2d": (
        "data, weight, strides=(1, 1), padding=(0, 0), channels=None, kernel_size=(3, 3), activation_bits=1, "
        "weight_bits=1, data_layout='NCHW', kernel_layout='OIHW', pack_dtype='uint32', out_dtype='int16', "
        "unipolar=True"
    ),
    "nn.bitserial_dense": (
        "data, weight, units=None, data_bits=1, weight_bits=1, pack_dtype='uint32', out_dtype='int16', unipolar=True"
    ),
    "nn.depth_to_space": "data, block_size, layout='NCHW', mode='DCR'",
    "nn.space_to_depth": "data, block_size, layout='NCHW'",
    "nn.adaptive_max_pool1d": "data, output_size=None, layout='NCW', out_layout=''",
    "nn.adaptive_avg_pool1d": "data, output_size=None, layout='NCW', out_layout=''",
    "nn.adaptive_max_pool2d": "data, output_size=None, layout='NCHW', out_layout=''",
    "nn.adaptive_avg_pool2d": "data, output_size=None, layout='NCHW', out_layout=''",
    "nn.adaptive_max_pool3d": "data, output_size=None, layout='NCDHW', out_layout=''",
    "nn.adaptive_avg_pool3d": "data, output_size=None, layout='NCDHW', out_layout=''",
    "nn.correlation": "data1, data2, kernel_size, max_displacement, stride1, stride2, padding, is_multiply, layout",
    "nn.space_to_batch_nd": "data, block_shape, paddings, pad_value=0",
    "nn.batch_to_space_nd": "data, block_shape, crops",
    "image.resize1d": (
        "data, size, roi=None, layout='NCW', method='linear', coordinate_transformation_mode='half_pixel', "
        "rounding_method='', cubic_alpha=-0.5, cubic_exclude=0, extrapolation_value=0.0, out_dtype=None"
    ),
    "image.resize2d": (
        "data, size, roi=None, layout='NCHW', method='linear', coordinate_transformation_mode='half_pixel', "
        "rounding_method='', cubic_alpha=-0.5, cubic_exclude=0, extrapolation_value=0.0, out_dtype=None"
    ),
    "image.resize3d": (
        "data, size, roi=None, layout='NCDHW', method='linear', coordinate_transformation_mode='half_pixel', "
        "rounding_method='', cubic_alpha=-0.5, cubic_exclude=0, extrapolation_value=0.0, out_dtype=None"
    ),
    "image.crop_and_resize": (
        "data, boxes, box_indices, crop_size, layout, method='bilinear', extrapolation_value=0, out_dtype=None"
    ),
    "image.affine_grid": "data, target_shape=None",
    "vision.get_valid_counts": "data, score_threshold, id_index=0, score_index=1",
    "vision.non_max_suppression": (
        "data, valid_count, indices, max_output_size=-1, iou_threshold=0.5, force_suppress=False, top_k=-1, "
        "coord_start=2, score_index=1, id_index=0, return_indices=True, invalid_to_bottom=False"
    ),
    "vision.all_class_non_max_suppression": (
        "boxes, scores, max_output_boxes_per_class=-1, iou_threshold=-1.0, score_threshold=-1.0, output_format='onnx'"
    ),
    "vision.proposal": (
        "cls_prob, bbox_pred, im_info, scales, ratios, feature_stride, threshold, rpn_pre_nms_top_n, "
        "rpn_post_nms_top_n, rpn_min_size, iou_loss"
    ),
    "vision.yolo_reorg": "data, stride",
    "random.threefry_generate": "key, shape",
    "random.multinomial": "key, probs, num_samples",
    "annotation.compiler_begin": "data, compiler",
    "annotation.compiler_end": "data, compiler",
    "qnn.requantize": (
        "data, input_scale, input_zero_point, output_scale, output_zero_point, axis=-1, rounding='None', "
        "compute_dtype='None', out_dtype='int8'"
    ),
    "qnn.quantize": "data, output_scale, output_zero_point, axis=-1, out_dtype='int8'",
    "qnn.dequantize": "data, input_scale, input_zero_point, axis=-1, out_dtype='float32'",
    "qnn.conv2d": (
        "data, kernel, input_zero_point, kernel_zero_point, input_scale, kernel_scale, kernel_size, channels, "
        "strides=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1, data_layout='NCHW', kernel_layout='OIHW', "
        "out_layout='', out_dtype='int32'"
    ),
    "qnn.conv2d_transpose": (
        "data, weight, input_zero_point, kernel_zero_point, input_scale, kernel_scale, strides=(1, 1), "
        "padding=(0, 0), dilation=(1, 1), groups=1, channels=None, kernel_size=None, data_layout='NCHW', "
        "kernel_layout='IOHW', out_layout='', output_padding=(0, 0), out_dtype='int32'"
    ),
    "qnn.dense": (
        "data, weight, input_zero_point, kernel_zero_point, input_scale, kernel_scale, units, out_dtype='int32'"
    ),
    "qnn.contrib_dense_pack": (
        "data, weight, input_zero_point, kernel_zero_point, input_scale, kernel_scale, kernel_layout='NC', "
        "units=None, out_dtype='int32'"
    ),
    "qnn.leaky_relu": "x, alpha, input_scale, input_zero_point, output_scale, output_zero_point",
    "qnn.avg_pool2d": (
        "data, input_scale, input_zero_point, output_scale, output_zero_point, pool_size, strides, padding, "
        "dilation, ceil_mode=False, count_include_pad=True, layout='NHWC', out_layout=''"
    ),
    "nn.conv2d_backward_weight": (
        "grad, data, strides=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1, channels=None, kernel_size=None, "
        "grad_layout='NCHW', data_layout='NCHW', kernel_layout='OIHW', out_dtype=''"
    ),
    "nn.contrib_conv2d_NCHWc": (
        "data, kernel, strides=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1, channels=None, kernel_size=None, "
        "data_layout='NCHW8c', kernel_layout='OIHW', out_layout='', out_dtype=''"
    ),
    "nn.contrib_depthwise_conv2d_NCHWc": (
        "data, kernel, strides=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1, channels=None, kernel_size=None, "
        "data_layout='NCHW8c', kernel_layout='OIHW', out_layout='', out_dtype=''"
    ),
}
"""Parameters by operator, as Python writes them. They have the names of the operator's arguments and attributes but for
:data:`RENAMED`.
"""

RENAMED: dict[str, dict[str, str]] = {
    "clip": {"a": "data"},
    "dyn.squeeze": {"axis": "axes"},
    "nn.contrib_conv2d_NCHWc": {"kernel": "weight"},
    "nn.contrib_conv2d_gemm_weight_transform": {"weights": "weight"},
    "nn.contrib_depthwise_conv2d_NCHWc": {"kernel": "weight"},
    "nn.conv2d_backward_weight": {
        "grad_layout": "data_layout",
        "data_layout": "kernel_layout",
        "kernel_layout": "out_layout",
    },
    "qnn.contrib_dense_pack": {"kernel_layout": "weight_layout"},
    "qnn.conv2d": {"kernel": "weight"},
    "qnn.leaky_relu": {"input_scale": "scale", "input_zero_point": "zero_point"},
    "random.threefry_generate": {"shape": "out_shape"},
    "unique": {"is_sorted": "sorted"},
}
"""Parameters that are called otherwise than the argument or attribute that they give."""

CONSTANTS: dict[str, dict[str, str]] = {
    "collapse_sum_to": {"shape": "int32"},
    "trilu": {"k": "int32"},
    "vision.all_class_non_max_suppression": {
        "max_output_boxes_per_class": "int32",
        "iou_threshold": "float32",
        "score_threshold": "float32",
    },
    "vision.get_valid_counts": {"score_threshold": "float32"},
    "vision.non_max_suppression": {"max_output_size": "int32", "iou_threshold": "float32"},
    "dyn.image.resize2d": {"size": "int64", "roi": "float32"},
    "dyn.nn.upsampling": {"scale_h": "float64", "scale_w": "float64"},
    "dyn.nn.upsampling3d": {"scale_d": "float64", "scale_h": "float64", "scale_w": "float64"},
}
"""The dtypes of numbers that are given for arguments."""

DYNAMIC: dict[str, str] = {
    name: f"dyn.{name}"
    for name in (
        "broadcast_to", "expand_dims", "full", "image.resize2d", "nn.upsampling", "nn.upsampling3d", "one_hot", "ones",
        "reshape", "squeeze", "tile", "topk", "zeros",
    )
}  # fmt: skip
"""The operator that stands in where an attribute is given as an expression whose value is not known."""

NAMES: dict[str, str] = {
    "contrib_reverse_reshape": "reverse_reshape",
    "nn.contrib_conv2d_NCHWc": "nn.contrib_conv2d_nchwc",
    "nn.contrib_depthwise_conv2d_NCHWc": "nn.contrib_depthwise_conv2d_nchwc",
}
"""Functions that are not called as their operator."""

HIDDEN = ("auto_scheduler_rewritten_layout", "meta_schedule_original_shape")
"""Attributes that TVM's tuners set, and no script."""

FIELDS: dict[str, int] = {
    "dft": 2,
    "nn.batch_norm": 3,
    "tflite.svdf": 2,
    "tflite.unidirectional_sequence_lstm": 3,
    "unique": 4,
    "vision.get_valid_counts": 3,
}
"""How many results an operator has, for calls whose arguments' types are not known yet."""
