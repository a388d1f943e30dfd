"""How TVM 0.18 writes the fields of metadata objects.

The JSON of a ``#[metadata]`` section keeps every field as a string, and only the field's C++ type tells whether
``"4"`` is the number four or node 4 of the graph. The table gives that for the attribute structs
(include/tvm/relay/attrs, include/tvm/relay/qnn/attrs.h) and for the other objects that TVM's printer puts there.
A field is ``object`` (the index of a node), or a literal ``int``, ``float``, ``bool``, ``str`` or ``dtype``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

_CODES = {"o": "object", "i": "int", "f": "float", "b": "bool", "s": "str", "d": "dtype"}

_OTHERS = """
VirtualDevice
    device_type_int:i virtual_device_id:i target:o memory_scope:o
Target
    kind:o host:o tag:o keys:o attrs:o features:o
Span
    source_name:o line:i column:i end_line:i end_column:i
GlobalVar
    name_hint:o span:o virtual_device_:o _checked_type_:o
DictAttrs
    __dict__:o
relay.TensorType
    shape:o dtype:d span:o
relay.Constant
    data:i span:o virtual_device_:o _checked_type_:o
IntImm
    dtype:d value:i span:o
FloatImm
    dtype:d value:f span:o
tir.Any
    dtype:d span:o
tir.Var
    name:o dtype:d type_annotation:o span:o
tir.SizeVar
    name:o dtype:d type_annotation:o span:o
tir.StringImm
    dtype:d value:o span:o
"""

_ATTRS = """
relay.attrs.AdaptivePool1DAttrs
    output_size:o layout:s out_layout:o
relay.attrs.AdaptivePool2DAttrs
    output_size:o layout:s out_layout:o
relay.attrs.AdaptivePool3DAttrs
    output_size:o layout:s out_layout:o
relay.attrs.AffineGridAttrs
    target_shape:o
relay.attrs.AllClassNonMaximumSuppressionAttrs
    output_format:s
relay.attrs.AllocStorageAttrs
    dtype:d virtual_device:o
relay.attrs.AllocTensorAttrs
    dtype:d const_shape:o assert_shape:o
relay.attrs.ArangeAttrs
    start:o stop:o step:o dtype:d
relay.attrs.ArgReduceAttrs
    axis:o keepdims:b select_last_index:b exclude:b
relay.attrs.ArgsortAttrs
    axis:i is_ascend:b dtype:d
relay.attrs.AutoSchedulerLayoutTransformAttrs
    src_layout:s dst_layout:s
relay.attrs.AvgPool1DAttrs
    pool_size:o strides:o dilation:o padding:o layout:s out_layout:o ceil_mode:b count_include_pad:b
relay.attrs.AvgPool2DAttrs
    pool_size:o strides:o dilation:o padding:o layout:o out_layout:o ceil_mode:b count_include_pad:b
relay.attrs.AvgPool3DAttrs
    pool_size:o strides:o dilation:o padding:o layout:s out_layout:o ceil_mode:b count_include_pad:b
relay.attrs.BatchMatmulAttrs
    out_dtype:d transpose_a:b transpose_b:b
relay.attrs.BatchNormAttrs
    axis:i epsilon:f center:b scale:b
relay.attrs.BatchToSpaceNDAttrs
    block_shape:o crops:o
relay.attrs.BiasAddAttrs
    axis:i
relay.attrs.BinaryConv2DAttrs
    strides:o padding:o kernel_size:o channels:o activation_bits:i weight_bits:i data_layout:s kernel_layout:s
    pack_dtype:d out_dtype:d unipolar:b
relay.attrs.BinaryDenseAttrs
    units:o data_bits:i weight_bits:i pack_dtype:d out_dtype:d unipolar:b
relay.attrs.BitPackAttrs
    bits:i pack_axis:i bit_axis:i pack_type:d name:s
relay.attrs.BroadcastAttrs
    lhs_axis:i rhs_axis:i
relay.attrs.CallLoweredAttrs
    metadata:o
relay.attrs.CastAttrs
    dtype:d
relay.attrs.CastHintAttrs
    dtype:d
relay.attrs.ClipAttrs
    a_min:f a_max:f
relay.attrs.CompilerAttrs
    compiler:s
relay.attrs.ConcatenateAttrs
    axis:i
relay.attrs.Conv1DAttrs
    strides:o padding:o dilation:o groups:i channels:o kernel_size:o data_layout:o kernel_layout:o out_layout:o
    out_dtype:d
relay.attrs.Conv1DTransposeAttrs
    channels:o kernel_size:o strides:o output_padding:o padding:o dilation:o groups:i data_layout:s
    kernel_layout:s out_layout:s out_dtype:d
relay.attrs.Conv2DAttrs
    strides:o padding:o dilation:o groups:i channels:o kernel_size:o data_layout:o kernel_layout:o out_layout:o
    out_dtype:d
relay.attrs.Conv2DTransposeAttrs
    channels:o kernel_size:o strides:o output_padding:o padding:o dilation:o groups:i data_layout:s
    kernel_layout:s out_layout:s out_dtype:d
relay.attrs.Conv2DWinogradAttrs
    tile_size:i strides:o padding:o dilation:o groups:i channels:o kernel_size:o data_layout:o kernel_layout:o
    out_layout:o out_dtype:d
relay.attrs.Conv2DWinogradNNPACKWeightTransformAttrs
    convolution_algorithm:i out_dtype:d
relay.attrs.Conv3DAttrs
    strides:o padding:o dilation:o groups:i channels:o kernel_size:o data_layout:o kernel_layout:o out_layout:o
    out_dtype:d
relay.attrs.Conv3DTransposeAttrs
    channels:o kernel_size:o strides:o output_padding:o padding:o dilation:o groups:i data_layout:o
    kernel_layout:o out_layout:o out_dtype:d
relay.attrs.Conv3DWinogradAttrs
    tile_size:i strides:o padding:o dilation:o groups:i channels:o kernel_size:o data_layout:s kernel_layout:s
    out_layout:s out_dtype:d
relay.attrs.ConvGemmWeightTransformAttrs
    tile_N:i tile_K:i
relay.attrs.ConvWinogradWeightTransformAttrs
    tile_size:i
relay.attrs.CorrelationAttrs
    kernel_size:i max_displacement:i stride1:i stride2:i padding:o is_multiply:b layout:o
relay.attrs.CropAndResizeAttrs
    crop_size:o layout:s method:s extrapolation_value:f out_dtype:d
relay.attrs.DFTAttrs
    inverse:o
relay.attrs.DebugAttrs
    debug_func:o
relay.attrs.DeformableConv2DAttrs
    strides:o padding:o dilation:o deformable_groups:i groups:i channels:o kernel_size:o data_layout:s
    kernel_layout:s out_layout:s out_dtype:d
relay.attrs.DenseAttrs
    units:o out_dtype:d
relay.attrs.DensePackAttrs
    units:o out_dtype:d weight_layout:o
relay.attrs.DequantizeAttrs
    out_dtype:d axis:i
relay.attrs.DeviceCopyAttrs
    src_virtual_device:o dst_virtual_device:o
relay.attrs.DilateAttrs
    strides:o dilation_value:f
relay.attrs.Dilation2DAttrs
    strides:o padding:o dilations:o data_layout:s kernel_layout:s out_dtype:d
relay.attrs.DropoutAttrs
    rate:f
relay.attrs.DynExpandDimsAttrs
    num_newaxis:i
relay.attrs.EinsumAttrs
    equation:o
relay.attrs.ExpandDimsAttrs
    axis:i num_newaxis:i
relay.attrs.FIFOBufferAttrs
    axis:i
relay.attrs.FixedPointMultiplyAttrs
    multiplier:i shift:i
relay.attrs.FixedPointMultiplyPerAxisAttrs
    is_lshift_required:b is_rshift_required:b axes:o
relay.attrs.GatherAttrs
    axis:o
relay.attrs.GatherNDAttrs
    batch_dims:o index_rank:o
relay.attrs.GetValidCountsAttrs
    score_threshold:o id_index:i score_index:i
relay.attrs.GlobalPool2DAttrs
    layout:o out_layout:o
relay.attrs.GridSampleAttrs
    method:o layout:o padding_mode:o align_corners:b
relay.attrs.GroupNormAttrs
    num_groups:i axis:i epsilon:f center:b scale:b
relay.attrs.InitOpAttrs
    shape:o dtype:d
relay.attrs.InstanceNormAttrs
    axis:i epsilon:f center:b scale:b
relay.attrs.L2NormalizeAttrs
    eps:f axis:o
relay.attrs.LRNAttrs
    size:i axis:i bias:f alpha:f beta:f
relay.attrs.LayerNormAttrs
    axis:i epsilon:f center:b scale:b
relay.attrs.LayoutTransformAttrs
    src_layout:s dst_layout:s
relay.attrs.LeakyReluAttrs
    alpha:f
relay.attrs.MatmulAttrs
    units:o out_dtype:d transpose_a:b transpose_b:b
relay.attrs.MatrixSetDiagAttrs
    k1:i k2:i super_diag_right_align:b sub_diag_right_align:b
relay.attrs.MaxPool1DAttrs
    pool_size:o strides:o dilation:o padding:o layout:s out_layout:o ceil_mode:b
relay.attrs.MaxPool2DAttrs
    pool_size:o strides:o dilation:o padding:o layout:o out_layout:o ceil_mode:b
relay.attrs.MaxPool3DAttrs
    pool_size:o strides:o dilation:o padding:o layout:s out_layout:o ceil_mode:b
relay.attrs.MeshgridAttrs
    indexing:s
relay.attrs.MetaScheduleLayoutTransformAttrs
    index_map:o
relay.attrs.MirrorPadAttrs
    mode:s pad_width:o
relay.attrs.MultiBoxPriorAttrs
    sizes:o ratios:o steps:o offsets:o clip:b
relay.attrs.MultiBoxTransformLocAttrs
    clip:b threshold:f variances:o keep_background:b
relay.attrs.MultinomialAttrs
    num_samples:o
relay.attrs.NLLLossAttrs
    reduction:s ignore_index:i
relay.attrs.NdarraySizeAttrs
    dtype:d
relay.attrs.NonMaximumSuppressionAttrs
    force_suppress:b top_k:i coord_start:i score_index:i id_index:i return_indices:b invalid_to_bottom:b
relay.attrs.NormalAttrs
    out_shape:o out_dtype:d
relay.attrs.OnDeviceAttrs
    virtual_device:o constrain_result:b constrain_body:b
relay.attrs.OneHotAttrs
    depth:i axis:i dtype:d
relay.attrs.PReluAttrs
    axis:i
relay.attrs.PadAttrs
    pad_width:o pad_mode:o
relay.attrs.ProposalAttrs
    scales:o ratios:o feature_stride:i threshold:f rpn_pre_nms_top_n:i rpn_post_nms_top_n:i rpn_min_size:i
    iou_loss:b
relay.attrs.QuantizeAttrs
    out_dtype:d axis:i
relay.attrs.ROIAlignAttrs
    pooled_size:o spatial_scale:f sample_ratio:i layout:s mode:s
relay.attrs.ROIPoolAttrs
    pooled_size:o spatial_scale:f layout:s
relay.attrs.ReduceAttrs
    axis:o keepdims:b exclude:b
relay.attrs.RegularNonMaximumSuppressionAttrs
    max_detections_per_class:i max_detections:i num_classes:i iou_threshold:f score_threshold:f
relay.attrs.RepeatAttrs
    repeats:o axis:o
relay.attrs.RequantizeAttrs
    axis:i rounding:s compute_dtype:s out_dtype:d
relay.attrs.ReshapeAttrs
    newshape:o allowzero:b
relay.attrs.ReshapeLikeAttrs
    lhs_begin:i lhs_end:o rhs_begin:i rhs_end:o
relay.attrs.ReshapeTensorAttrs
    newshape:o
relay.attrs.Resize1DAttrs
    size:o roi:o layout:s method:s coordinate_transformation_mode:s rounding_method:s cubic_alpha:f
    cubic_exclude:i extrapolation_value:f out_dtype:d
relay.attrs.Resize2DAttrs
    size:o roi:o layout:s method:s coordinate_transformation_mode:s rounding_method:s cubic_alpha:f
    cubic_exclude:i extrapolation_value:f out_dtype:d
relay.attrs.Resize3DAttrs
    size:o roi:o layout:s method:s coordinate_transformation_mode:s rounding_method:s cubic_alpha:f
    cubic_exclude:i extrapolation_value:f out_dtype:d
relay.attrs.ReverseAttrs
    axis:o
relay.attrs.ReverseSequenceAttrs
    seq_axis:o batch_axis:o
relay.attrs.ScanopAttrs
    axis:o dtype:d exclusive:o
relay.attrs.ScatterElementsAttrs
    axis:o reduction:o
relay.attrs.ScatterNDAttrs
    mode:o
relay.attrs.SearchSortedAttrs
    right:b dtype:d
relay.attrs.SequenceMaskAttrs
    mask_value:f axis:i
relay.attrs.ShapeFuncAttrs
    is_input:o
relay.attrs.ShapeOfAttrs
    dtype:d
relay.attrs.SimulatedQuantizeAttrs
    axis:i
relay.attrs.SliceLikeAttrs
    axes:o
relay.attrs.SlidingWindowAttrs
    axis:i window_shape:o strides:o
relay.attrs.SoftmaxAttrs
    axis:i
relay.attrs.SpaceToBatchNDAttrs
    block_shape:o paddings:o pad_value:f
relay.attrs.SparseConv2DAttrs
    layout:s kernel_size:o
relay.attrs.SparseDenseAttrs
    sparse_lhs:b
relay.attrs.SparseToDenseAttrs
    output_shape:o
relay.attrs.SparseTransposeAttrs
relay.attrs.SplitAttrs
    indices_or_sections:o axis:i
relay.attrs.SqueezeAttrs
    axis:o
relay.attrs.StackAttrs
    axis:o
relay.attrs.StftAttrs
    n_fft:i hop_length:i win_length:i normalized:b onesided:b
relay.attrs.StridedSliceAttrs
    begin:o end:o strides:o slice_mode:o axes:o
relay.attrs.SubPixelAttrs
    block_size:i layout:s mode:s
relay.attrs.TakeAttrs
    batch_dims:o axis:o mode:o
relay.attrs.ThreefryGenerateAttrs
    out_shape:o
relay.attrs.TileAttrs
    reps:o
relay.attrs.TopkAttrs
    k:o axis:i ret_type:s is_ascend:b dtype:d
relay.attrs.TransposeAttrs
    axes:o
relay.attrs.TriluAttrs
    upper:b
relay.attrs.UniformAttrs
    out_shape:o out_dtype:d
relay.attrs.UniqueAttrs
    sorted:b return_counts:b
relay.attrs.UpSampling3DAttrs
    scale_d:f scale_h:f scale_w:f layout:s method:s coordinate_transformation_mode:s
relay.attrs.UpSamplingAttrs
    scale_h:f scale_w:f layout:o method:o align_corners:b
relay.attrs.VarianceAttrs
    axis:o keepdims:b exclude:b unbiased:b
relay.attrs.WithFuncIdAttrs
    fid:i
relay.attrs.YoloReorgAttrs
    stride:o
"""


@cache
def schemas() -> Mapping[str, Mapping[str, str]]:
    """The kind of each field, by type key."""
    table: dict[str, dict[str, str]] = {}
    key = ""
    for line in (_OTHERS + _ATTRS).splitlines():
        if line.startswith(" "):
            table[key].update((name, _CODES[code]) for name, code in (f.split(":") for f in line.split()))
        elif line:
            key = line
            table[key] = {}
    return table


@cache
def attribute_structs() -> frozenset[str]:
    """The type keys of operator attributes."""
    return frozenset(line for line in _ATTRS.splitlines() if line and not line.startswith(" "))
