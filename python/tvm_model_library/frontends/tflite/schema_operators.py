"""The builtin operators of TFLite and their options, in the notation of :mod:`schema`.

Facts: tensorflow/lite/schema/schema.fbs (the enumeration BuiltinOperator, the unions BuiltinOptions and
BuiltinOptions2) and tensorflow/lite/core/api/flatbuffer_conversions.cc (which operator has which options).
"""

from __future__ import annotations

_OPERATORS = """
    ADD AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D DEPTH_TO_SPACE DEQUANTIZE EMBEDDING_LOOKUP FLOOR
    FULLY_CONNECTED HASHTABLE_LOOKUP L2_NORMALIZATION L2_POOL_2D LOCAL_RESPONSE_NORMALIZATION LOGISTIC
    LSH_PROJECTION LSTM MAX_POOL_2D MUL RELU RELU_N1_TO_1 RELU6 RESHAPE RESIZE_BILINEAR RNN SOFTMAX
    SPACE_TO_DEPTH SVDF TANH CONCAT_EMBEDDINGS SKIP_GRAM CALL CUSTOM EMBEDDING_LOOKUP_SPARSE PAD
    UNIDIRECTIONAL_SEQUENCE_RNN GATHER BATCH_TO_SPACE_ND SPACE_TO_BATCH_ND TRANSPOSE MEAN SUB DIV SQUEEZE
    UNIDIRECTIONAL_SEQUENCE_LSTM STRIDED_SLICE BIDIRECTIONAL_SEQUENCE_RNN EXP TOPK_V2 SPLIT LOG_SOFTMAX DELEGATE
    BIDIRECTIONAL_SEQUENCE_LSTM CAST PRELU MAXIMUM ARG_MAX MINIMUM LESS NEG PADV2 GREATER GREATER_EQUAL
    LESS_EQUAL SELECT SLICE SIN TRANSPOSE_CONV SPARSE_TO_DENSE TILE EXPAND_DIMS EQUAL NOT_EQUAL LOG SUM SQRT
    RSQRT SHAPE POW ARG_MIN FAKE_QUANT REDUCE_PROD REDUCE_MAX PACK LOGICAL_OR ONE_HOT LOGICAL_AND LOGICAL_NOT
    UNPACK REDUCE_MIN FLOOR_DIV REDUCE_ANY SQUARE ZEROS_LIKE FILL FLOOR_MOD RANGE RESIZE_NEAREST_NEIGHBOR
    LEAKY_RELU SQUARED_DIFFERENCE MIRROR_PAD ABS SPLIT_V UNIQUE CEIL REVERSE_V2 ADD_N GATHER_ND COS WHERE RANK
    ELU REVERSE_SEQUENCE MATRIX_DIAG QUANTIZE MATRIX_SET_DIAG ROUND HARD_SWISH IF WHILE NON_MAX_SUPPRESSION_V4
    NON_MAX_SUPPRESSION_V5 SCATTER_ND SELECT_V2 DENSIFY SEGMENT_SUM BATCH_MATMUL
    PLACEHOLDER_FOR_GREATER_OP_CODES CUMSUM CALL_ONCE BROADCAST_TO RFFT2D CONV_3D IMAG REAL COMPLEX_ABS
    HASHTABLE HASHTABLE_FIND HASHTABLE_IMPORT HASHTABLE_SIZE REDUCE_ALL CONV_3D_TRANSPOSE VAR_HANDLE
    READ_VARIABLE ASSIGN_VARIABLE BROADCAST_ARGS RANDOM_STANDARD_NORMAL BUCKETIZE RANDOM_UNIFORM MULTINOMIAL
    GELU DYNAMIC_UPDATE_SLICE RELU_0_TO_1 UNSORTED_SEGMENT_PROD UNSORTED_SEGMENT_MAX UNSORTED_SEGMENT_SUM ATAN2
    UNSORTED_SEGMENT_MIN SIGN BITCAST BITWISE_XOR RIGHT_SHIFT STABLEHLO_LOGISTIC STABLEHLO_ADD STABLEHLO_DIVIDE
    STABLEHLO_MULTIPLY STABLEHLO_MAXIMUM STABLEHLO_RESHAPE STABLEHLO_CLAMP STABLEHLO_CONCATENATE
    STABLEHLO_BROADCAST_IN_DIM STABLEHLO_CONVOLUTION STABLEHLO_SLICE STABLEHLO_CUSTOM_CALL STABLEHLO_REDUCE
    STABLEHLO_ABS STABLEHLO_AND STABLEHLO_COSINE STABLEHLO_EXPONENTIAL STABLEHLO_FLOOR STABLEHLO_LOG
    STABLEHLO_MINIMUM STABLEHLO_NEGATE STABLEHLO_OR STABLEHLO_POWER STABLEHLO_REMAINDER STABLEHLO_RSQRT
    STABLEHLO_SELECT STABLEHLO_SUBTRACT STABLEHLO_TANH STABLEHLO_SCATTER STABLEHLO_COMPARE STABLEHLO_CONVERT
    STABLEHLO_DYNAMIC_SLICE STABLEHLO_DYNAMIC_UPDATE_SLICE STABLEHLO_PAD STABLEHLO_IOTA STABLEHLO_DOT_GENERAL
    STABLEHLO_REDUCE_WINDOW STABLEHLO_SORT STABLEHLO_WHILE STABLEHLO_GATHER STABLEHLO_TRANSPOSE DILATE
    STABLEHLO_RNG_BIT_GENERATOR REDUCE_WINDOW STABLEHLO_COMPOSITE STABLEHLO_SHIFT_LEFT STABLEHLO_CBRT
    STABLEHLO_CASE
"""

OPERATORS = tuple(_OPERATORS.split())
"""Names by operator code, from 0 on."""


def _members(names: str) -> str:
    return " ".join(f"{name}Options" for name in names.split())


OPTIONS_UNIONS = {
    "BuiltinOptions": _members(
        """
        Conv2D DepthwiseConv2D ConcatEmbeddings LSHProjection Pool2D SVDF RNN FullyConnected Softmax Concatenation
        Add L2Norm LocalResponseNormalization LSTM ResizeBilinear Call Reshape SkipGram SpaceToDepth
        EmbeddingLookupSparse Mul Pad Gather BatchToSpaceND SpaceToBatchND Transpose Reducer Sub Div Squeeze
        SequenceRNN StridedSlice Exp TopKV2 Split LogSoftmax Cast Dequantize MaximumMinimum ArgMax Less Neg PadV2
        Greater GreaterEqual LessEqual Select Slice TransposeConv SparseToDense Tile ExpandDims Equal NotEqual Shape
        Pow ArgMin FakeQuant Pack LogicalOr OneHot LogicalAnd LogicalNot Unpack FloorDiv Square ZerosLike Fill
        BidirectionalSequenceLSTM BidirectionalSequenceRNN UnidirectionalSequenceLSTM FloorMod Range
        ResizeNearestNeighbor LeakyRelu SquaredDifference MirrorPad Abs SplitV Unique ReverseV2 AddN GatherNd Cos
        Where Rank ReverseSequence MatrixDiag Quantize MatrixSetDiag HardSwish If While DepthToSpace
        NonMaxSuppressionV4 NonMaxSuppressionV5 ScatterNd SelectV2 Densify SegmentSum BatchMatMul Cumsum CallOnce
        BroadcastTo Rfft2d Conv3D Hashtable HashtableFind HashtableImport HashtableSize VarHandle ReadVariable
        AssignVariable Random Bucketize Gelu DynamicUpdateSlice UnsortedSegmentProd UnsortedSegmentMax
        UnsortedSegmentMin UnsortedSegmentSum ATan2 Sign Bitcast BitwiseXor RightShift
        """
    ),
    "BuiltinOptions2": _members(
        """
        StablehloConcatenate StablehloBroadcastInDim StablehloSlice StablehloConvolution StablehloCustomCall
        StablehloReduce StablehloScatter StablehloCompare StablehloDynamicSlice StablehloPad StablehloIota
        StablehloDotGeneral StablehloReduceWindow StablehloSort StablehloWhile StablehloGather StablehloTranspose
        Dilate StablehloRngBitGenerator ReduceWindow StableHLOComposite StablehloShiftLeft StablehloCase
        """
    ),
}

_ACTIVATION = "fused_activation_function:ActivationFunctionType"
_STRIDES = "padding:Padding stride_w:int stride_h:int"
_DILATIONS = "dilation_w_factor:int=1 dilation_h_factor:int=1"
_CLIPS = f"{_ACTIVATION} cell_clip:float proj_clip:float"
_HYBRID = "asymmetric_quantize_inputs:bool"

_OPTIONS = {
    "Add": f"{_ACTIVATION} pot_scale_int16:bool=true",
    "ArgMax": "output_type:TensorType",
    "ArgMin": "output_type:TensorType",
    "BatchMatMul": f"adj_x:bool adj_y:bool {_HYBRID}",
    "BidirectionalSequenceLSTM": f"{_CLIPS} merge_outputs:bool time_major:bool=true {_HYBRID}",
    "BidirectionalSequenceRNN": f"time_major:bool {_ACTIVATION} merge_outputs:bool {_HYBRID}",
    "Bucketize": "boundaries:[float]",
    "Call": "subgraph:subgraph",
    "CallOnce": "init_subgraph_index:subgraph",
    "Cast": "in_data_type:TensorType out_data_type:TensorType",
    "ConcatEmbeddings": "num_channels:int num_columns_per_channel:[int] embedding_dim_per_channel:[int]",
    "Concatenation": f"axis:int {_ACTIVATION}",
    "Conv2D": f"{_STRIDES} {_ACTIVATION} {_DILATIONS} quantized_bias_type:TensorType",
    "Conv3D": f"""padding:Padding stride_d:int stride_w:int stride_h:int {_ACTIVATION} dilation_d_factor:int=1
        {_DILATIONS}""",
    "Cumsum": "exclusive:bool reverse:bool",
    "DepthToSpace": "block_size:int",
    "DepthwiseConv2D": f"{_STRIDES} depth_multiplier:int {_ACTIVATION} {_DILATIONS}",
    "Div": _ACTIVATION,
    "EmbeddingLookupSparse": "combiner:CombinerType",
    "FakeQuant": "min:float max:float num_bits:int narrow_range:bool",
    "FullyConnected": f"""{_ACTIVATION} weights_format:WeightsFormat keep_num_dims:bool {_HYBRID}
        quantized_bias_type:TensorType quant_spec:[ubyte]""",
    "Gather": "axis:int batch_dims:int",
    "Gelu": "approximate:bool",
    "Hashtable": "table_id:int key_dtype:TensorType value_dtype:TensorType",
    "If": "then_subgraph_index:subgraph else_subgraph_index:subgraph",
    "L2Norm": _ACTIVATION,
    "LSHProjection": "type:LSHProjectionType",
    "LSTM": f"{_CLIPS} kernel_type:LSTMKernelType {_HYBRID}",
    "LeakyRelu": "alpha:float",
    "LocalResponseNormalization": "radius:int bias:float alpha:float beta:float",
    "MirrorPad": "mode:MirrorPadMode",
    "Mul": _ACTIVATION,
    "OneHot": "axis:int",
    "Pack": "values_count:int axis:int",
    "Pool2D": f"{_STRIDES} filter_width:int filter_height:int {_ACTIVATION}",
    "RNN": f"{_ACTIVATION} {_HYBRID}",
    "Random": "seed:long seed2:long",
    "ReduceWindow": "reduce_function:ReduceWindowFunction",
    "Reducer": "keep_dims:bool",
    "Reshape": "new_shape:[int]",
    "ResizeBilinear": "-:int -:int align_corners:bool half_pixel_centers:bool",
    "ResizeNearestNeighbor": "align_corners:bool half_pixel_centers:bool",
    "ReverseSequence": "seq_dim:int batch_dim:int",
    "SVDF": f"rank:int {_ACTIVATION} {_HYBRID}",
    "SequenceRNN": f"time_major:bool {_ACTIVATION} {_HYBRID}",
    "Shape": "out_type:TensorType",
    "SkipGram": "ngram_size:int max_skip_size:int include_all_ngrams:bool",
    "Softmax": "beta:float",
    "SpaceToDepth": "block_size:int",
    "SparseToDense": "validate_indices:bool",
    "Split": "num_splits:int",
    "SplitV": "num_splits:int",
    "Squeeze": "squeeze_dims:[int]",
    "StableHLOComposite": """name:string decomposition_subgraph_index:subgraph composite_attributes:[ubyte]
        composite_attributes_format:CustomOptionsFormat version:int""",
    "StablehloBroadcastInDim": "broadcast_dimensions:[long]",
    "StablehloCase": "branch_subgraph_indices:[subgraph]",
    "StablehloCompare": """comparison_direction:StablehloComparisonDirection
        compare_type:StablehloComparisonType""",
    "StablehloConcatenate": "dimension:long",
    "StablehloConvolution": """window_strides:[long] padding:[long] lhs_dilation:[long] rhs_dilation:[long]
        window_reversal:[bool] input_batch_dimension:long input_feature_dimension:long
        input_spatial_dimensions:[long] kernel_input_feature_dimension:long kernel_output_feature_dimension:long
        kernel_spatial_dimensions:[long] output_batch_dimension:long output_feature_dimension:long
        output_spatial_dimensions:[long] feature_group_count:long batch_group_count:long
        precision_config:[StablehloPrecisionConfig]""",
    "StablehloCustomCall": """call_target_name:string has_side_effect:bool backend_config:string api_version:int
        called_computations:[subgraph] custom_attributes:[ubyte]""",
    "StablehloDotGeneral": """lhs_batching_dimensions:[long] rhs_batching_dimensions:[long]
        lhs_contracting_dimensions:[long] rhs_contracting_dimensions:[long]
        precision_config:[StablehloPrecisionConfig]""",
    "StablehloDynamicSlice": "slice_sizes:[long]",
    "StablehloGather": """offset_dims:[long] collapsed_slice_dims:[long] start_index_map:[long]
        index_vector_dim:long slice_sizes:[long] indices_are_sorted:bool""",
    "StablehloIota": "iota_dimension:long",
    "StablehloPad": "edge_padding_low:[long] edge_padding_high:[long] interior_padding:[long]",
    "StablehloReduce": "dimensions:[long] body_subgraph_index:subgraph",
    "StablehloReduceWindow": """window_dimensions:[long] window_strides:[long] base_dilations:[long]
        window_dilations:[long] padding:[long] body_subgraph_index:subgraph""",
    "StablehloRngBitGenerator": "algorithm:RngAlgorithm",
    "StablehloScatter": """indices_are_sorted:bool update_window_dims:[long] inserted_window_dims:[long]
        scatter_dims_to_operand_dims:[long] index_vector_dim:long unique_indices:bool
        update_computation_subgraph_index:subgraph""",
    "StablehloSlice": "start_indices:[long] limit_indices:[long] strides:[long]",
    "StablehloSort": "dimension:long is_stable:bool comparator_subgraph_index:subgraph",
    "StablehloTranspose": "permutation:[long]",
    "StablehloWhile": "cond_subgraph_index:subgraph body_subgraph_index:subgraph",
    "StridedSlice": """begin_mask:int end_mask:int ellipsis_mask:int new_axis_mask:int shrink_axis_mask:int
        offset:bool""",
    "Sub": f"{_ACTIVATION} pot_scale_int16:bool=true",
    "TransposeConv": f"{_STRIDES} {_ACTIVATION} quantized_bias_type:TensorType",
    "UnidirectionalSequenceLSTM": f"{_CLIPS} time_major:bool {_HYBRID} diagonal_recurrent_tensors:bool",
    "Unique": "idx_out_type:TensorType=INT32",
    "Unpack": "num:int axis:int",
    "VarHandle": "container:string shared_name:string",
    "While": "cond_subgraph_index:subgraph body_subgraph_index:subgraph",
}

OPTIONS = {f"{name}Options": fields for name, fields in _OPTIONS.items()}
"""Fields by table; tables without fields are not among them."""

_SHARED = {
    "Conv3DOptions": "CONV_3D CONV_3D_TRANSPOSE",
    "L2NormOptions": "L2_NORMALIZATION",
    "Pool2DOptions": "AVERAGE_POOL_2D MAX_POOL_2D L2_POOL_2D",
    "RandomOptions": "RANDOM_STANDARD_NORMAL RANDOM_UNIFORM MULTINOMIAL",
    "ReducerOptions": "MEAN SUM REDUCE_PROD REDUCE_MAX REDUCE_MIN REDUCE_ANY REDUCE_ALL",
    "SequenceRNNOptions": "UNIDIRECTIONAL_SEQUENCE_RNN",
}
_BY_OPERATOR = {operator: table for table, operators in _SHARED.items() for operator in operators.split()}
_BY_LETTERS = {table.lower(): table for table in OPTIONS}


def options_of(operator: str) -> str | None:
    """The table of a builtin operator's options, where they have fields: mostly the one of the operator's name."""
    return _BY_OPERATOR.get(operator) or _BY_LETTERS.get(f"{operator.replace('_', '')}Options".lower())
