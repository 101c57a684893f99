//! The numbers of `elementary.rs`, for each element type.
//!
//! Polynomials interpolate their function at Chebyshev points (computed with 300 bits by mpmath); the docs say which function and
//! where, and how large their relative error is. Constants in parts: the leading ones are short, so that products with a whole number
//! are exact.

#![allow(clippy::excessive_precision, reason = "nine digits tell two `f32` apart")]
#![allow(clippy::approx_constant, reason = "parts of constants")]

/// `f32`.
pub(crate) mod single {
    /// The steps that the functions of `f32` are made of.
    pub(crate) struct Number;

    /// Digits of the fraction.
    pub(crate) const DIGITS: u32 = 23;
    /// What is added to an exponent.
    pub(crate) const BIAS: u32 = 127;
    pub(crate) const MANTISSA: u32 = 0x007f_ffff;
    /// All but the lower half of the digits.
    pub(crate) const SHORT: u32 = 0xffff_f000;
    /// The bits of 1.
    pub(crate) const ONE: u32 = 0x3f80_0000;
    /// The bits of √½.
    pub(crate) const SQRT_HALF: u32 = 0x3f35_04f3;
    /// 2 to the number of digits: from here on only whole numbers.
    pub(crate) const WHOLE: f32 = 8_388_608.0;
    /// 1½ times as much: a small number added to it is rounded to a whole one.
    pub(crate) const ROUND: f32 = 12_582_912.0;
    /// A power of 2 that makes a subnormal number normal, and its exponent.
    pub(crate) const RAISE: f32 = 16_777_216.0;
    pub(crate) const RAISED: f32 = 24.0;
    /// Where |x| is smaller, a function with slope 1 and value 0 at 0 is x.
    pub(crate) const TINY: f32 = 2.9802322e-8;
    pub(crate) const LOG2_E: f32 = std::f32::consts::LOG2_E;
    pub(crate) const LN_2: [f32; 2] = [0.693_145_75, 1.428_606_8e-6];
    pub(crate) const LOG10_2: [f32; 2] = [0.301_025_39, 4.605_039e-6];
    /// From here on eˣ = ∞.
    pub(crate) const EXP_LIMIT: f32 = 89.0;
    /// Up to here eˣ = 0.
    pub(crate) const EXP_LEAST: f32 = -110.0;
    pub(crate) const EXP2_LIMIT: f32 = 129.0;
    pub(crate) const EXP2_LEAST: f32 = -155.0;
    /// Up to here eˣ − 1 = −1.
    pub(crate) const EXP_M1_LEAST: f32 = -25.0;
    /// From here on sinh x = cosh x = ∞.
    pub(crate) const SINH_LIMIT: f32 = 89.6;
    /// From here on tanh x = 1.
    pub(crate) const TANH_LIMIT: f32 = 10.0;
    /// From here on e^(−x²/2) = 0.
    pub(crate) const TAIL: f32 = 15.0;
    /// From here on erfc x = 0.
    pub(crate) const ERFC_TAIL: f32 = 11.0;
    /// (eʳ − 1 − r)/r² for |r| ≤ ½·ln 2; 2⁻³².
    pub(crate) const EXP: [f32; 6] = [
        0.5,
        0.166_666_672,
        0.041_666_466_7,
        0.008_333_310_48,
        0.001_393_364_98,
        0.000_198_909_911,
    ];
    /// (ln((1 + s)/(1 − s)) − 2s)/s³ in z = s², |s| ≤ 3 − √8; 2⁻³⁴.
    pub(crate) const LN: [f32; 4] = [0.666_666_687, 0.400_001_228, 0.285_508_126, 0.233_306_974];
    /// (sin r − r)/r³ in z = r², |r| ≤ π/4; 2⁻³⁵.
    pub(crate) const SIN: [f32; 4] = [
        -0.166_666_672,
        0.008_333_331_91,
        -0.000_198_400_856,
        2.724_980_28e-6,
    ];
    /// (cos r − 1 + r²/2)/r⁴; 2⁻³⁰.
    pub(crate) const COS: [f32; 3] = [0.041_666_664_2, -0.001_388_830_25, 2.454_784_04e-5];
    /// (sinh x/x − 1)/x² in z = x², |x| ≤ 1; 2⁻³².
    pub(crate) const SINH: [f32; 4] = [0.166_666_666, 0.008_333_339_68, 0.000_198_381_02, 2.806_280_26e-6];
    /// 2/√π − 1.
    pub(crate) const ERF_FIRST: f32 = 0.128_379_17;
    /// (erf x/x − 2/√π)/x² in z = x², |x| ≤ 1; 2⁻²⁷.
    pub(crate) const ERF: [f32; 6] = [
        -0.376_126_379,
        0.112_837_538,
        -0.026_861_699_3,
        0.005_204_578_86,
        -0.000_816_198_648,
        8.379_755_31e-5,
    ];
    /// From here on erf x = 1.
    pub(crate) const ERF_ONE: f32 = 4.0;
    /// −ln erfc x for 1 ≤ x ≤ 4, erfc x to 2⁻²⁹ of 1.
    pub(crate) const ERF_TAIL: [f32; 7] = [
        0.000_353_721_084,
        1.127_040_03,
        0.638_225_69,
        0.103_037_358,
        -0.021_805_312_8,
        0.002_939_605_9,
        -0.000_185_573_867,
    ];
    /// (tanh x/x − 1)/x² in z = x², |x| ≤ 5/8; 2⁻³⁰.
    pub(crate) const TANH: [f32; 6] = [
        -0.333_333_343,
        0.133_333_027,
        -0.053_959_127_5,
        0.021_767_856_6,
        -0.008_340_474_22,
        0.002_288_819_29,
    ];
    /// As `EXP`, for a sum in `f64`.
    pub(crate) const WIDE_EXP: [f64; 6] = [
        0.500_000_001_346_581,
        0.166_666_666_816_232_32,
        0.041_666_464_925_285_904,
        0.008_333_310_925_480_9,
        0.001_393_364_999_630_925_1,
        0.000_198_909_908_246_736_54,
    ];
    /// (b + 3)·e^(b²/2)·Φ(−b) in t = (b − 3)/(b + 3), 0 ≤ b ≤ 15, for a sum in `f64`; 2⁻²⁹.
    pub(crate) const WIDE_MILLS: [f64; 11] = [
        0.729_083_690_713_979_4,
        -0.509_331_988_834_539_1,
        0.230_017_676_674_166_5,
        -0.047_262_761_921_176_02,
        -0.010_462_288_966_531_26,
        0.006_969_920_150_912_792,
        0.001_024_157_324_378_549_8,
        -0.001_034_476_550_886_183_6,
        -0.000_244_709_320_791_776_1,
        0.000_133_323_954_203_636_02,
        5.549_187_171_679_467_6e-5,
    ];
}

/// `f64`.
pub(crate) mod double {
    /// The steps that the functions of `f64` are made of.
    pub(crate) struct Number;

    /// Digits of the fraction.
    pub(crate) const DIGITS: u32 = 52;
    /// What is added to an exponent.
    pub(crate) const BIAS: u64 = 1023;
    pub(crate) const MANTISSA: u64 = 0x000f_ffff_ffff_ffff;
    /// All but the lower half of the digits.
    pub(crate) const SHORT: u64 = 0xffff_ffff_f800_0000;
    /// The bits of 1.
    pub(crate) const ONE: u64 = 0x3ff0_0000_0000_0000;
    /// The bits of √½.
    pub(crate) const SQRT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
    /// 2 to the number of digits: from here on only whole numbers.
    pub(crate) const WHOLE: f64 = 4_503_599_627_370_496.0;
    /// 1½ times as much: a small number added to it is rounded to a whole one.
    pub(crate) const ROUND: f64 = 6_755_399_441_055_744.0;
    /// A power of 2 that makes a subnormal number normal, and its exponent.
    pub(crate) const RAISE: f64 = 18_014_398_509_481_984.0;
    pub(crate) const RAISED: f64 = 54.0;
    /// Where |x| is smaller, a function with slope 1 and value 0 at 0 is x.
    pub(crate) const TINY: f64 = 5.551_115_123_125_783e-17;
    pub(crate) const LOG2_E: f64 = std::f64::consts::LOG2_E;
    pub(crate) const LN_2: [f64; 2] = [0.693_147_180_559_890_3, 5.497_923_018_708_371e-14];
    pub(crate) const LOG10_2: [f64; 2] = [0.301_029_995_663_952_83, 2.836_339_455_104_496_4e-14];
    /// π/2.
    pub(crate) const HALF_PI: [f64; 4] = [
        1.570_796_326_734_125_6,
        6.077_100_506_303_966e-11,
        2.022_266_248_711_166_5e-21,
        8.478_427_660_368_9e-32,
    ];
    /// 2√(2/π).
    pub(crate) const GATE: [f64; 2] = [1.595_769_121_605_730_8, -9.969_308_809_110_92e-17];
    /// 2√(2/π)·0.044715.
    pub(crate) const GATE_CUBED: [f64; 2] = [0.071_354_816_272_600_25, -6.175_149_918_155_315e-19];
    /// Where u = −e^… is below the range.
    pub(crate) const GATE_TAIL: f64 = 22.0;
    /// √2, the second part.
    pub(crate) const SQRT_2_REST: f64 = -9.667_293_313_452_913e-17;
    /// From here on eˣ = ∞.
    pub(crate) const EXP_LIMIT: f64 = 710.0;
    /// Up to here eˣ = 0.
    pub(crate) const EXP_LEAST: f64 = -760.0;
    pub(crate) const EXP2_LIMIT: f64 = 1025.0;
    pub(crate) const EXP2_LEAST: f64 = -1080.0;
    /// Up to here eˣ − 1 = −1.
    pub(crate) const EXP_M1_LEAST: f64 = -50.0;
    /// From here on sinh x = cosh x = ∞.
    pub(crate) const SINH_LIMIT: f64 = 710.6;
    /// From here on tanh x = 1.
    pub(crate) const TANH_LIMIT: f64 = 20.0;
    /// From here on e^(−x²/2) = 0.
    pub(crate) const TAIL: f64 = 40.0;
    /// From here on erfc x = 0.
    pub(crate) const ERFC_TAIL: f64 = 28.0;
    /// (eʳ − 1 − r)/r² for |r| ≤ ½·ln 2; 2⁻⁶¹.
    pub(crate) const EXP: [f64; 11] = [
        0.5,
        0.166_666_666_666_666_7,
        0.041_666_666_666_666_67,
        0.008_333_333_333_326_136,
        0.001_388_888_888_888_374_8,
        0.000_198_412_698_748_206_27,
        2.480_158_732_554_774_3e-5,
        2.755_725_540_020_642_2e-6,
        2.755_727_364_311_03e-7,
        2.510_521_700_472_074_5e-8,
        2.091_468_696_808_687_6e-9,
    ];
    /// (ln((1 + s)/(1 − s)) − 2s)/s³ in z = s², |s| ≤ 3 − √8; 2⁻⁵⁶.
    pub(crate) const LN: [f64; 7] = [
        0.666_666_666_666_667,
        0.399_999_999_998_993_8,
        0.285_714_286_260_310_65,
        0.222_222_111_257_228_1,
        0.181_828_897_861_910_42,
        0.153_316_996_335_438_58,
        0.146_167_211_798_618_16,
    ];
    /// (sin r − r)/r³ in z = r², |r| ≤ π/4; 2⁻⁵⁶.
    pub(crate) const SIN: [f64; 6] = [
        -0.166_666_666_666_666_66,
        0.008_333_333_333_330_945,
        -0.000_198_412_698_367_513_64,
        2.755_731_609_881_268_7e-6,
        -2.505_113_106_573_605e-8,
        1.591_807_316_292_307_4e-10,
    ];
    /// (cos r − 1 + r²/2)/r⁴; 2⁻⁶⁰.
    pub(crate) const COS: [f64; 6] = [
        0.041_666_666_666_666_664,
        -0.001_388_888_888_888_739_3,
        2.480_158_729_876_117_6e-5,
        -2.755_731_726_939_027e-7,
        2.087_614_578_090_354_4e-9,
        -1.138_259_730_986_187_7e-11,
    ];
    /// (sinh x/x − 1)/x² in z = x², |x| ≤ 1; 2⁻⁶¹.
    pub(crate) const SINH: [f64; 7] = [
        0.166_666_666_666_666_66,
        0.008_333_333_333_333_299,
        0.000_198_412_698_413_241_98,
        2.755_731_919_138_181_6e-6,
        2.505_211_769_590_782_3e-8,
        1.605_767_962_380_163_8e-10,
        7.746_178_593_018_827e-13,
    ];
    /// 2/√π − 1.
    pub(crate) const ERF_FIRST: f64 = 0.128_379_167_095_512_6;
    /// (erf x/x − 2/√π)/x² in z = x², |x| ≤ 1; 2⁻⁶⁰.
    pub(crate) const ERF: [f64; 12] = [
        -0.376_126_389_031_837_54,
        0.112_837_916_709_551_11,
        -0.026_866_170_645_123_838,
        0.005_223_977_625_303_518,
        -0.000_854_832_701_003_332_8,
        0.000_120_553_322_147_162_76,
        -1.492_562_250_448_984_2e-5,
        1.646_144_665_692_856_1e-6,
        -1.635_511_861_087_770_5e-7,
        1.469_248_485_913_326_3e-8,
        -1.150_035_715_978_529_6e-9,
        6.174_097_221_305_255e-11,
    ];
    /// From here on erf x = 1.
    pub(crate) const ERF_ONE: f64 = 6.0;
    /// (x + 2)·e^(x²)·erfc x in t = (x − 1¾)/(x + 2), 1 ≤ x ≤ 6, erfc x to 2⁻⁵⁸ of 1.
    pub(crate) const ERF_TAIL: [f64; 12] = [
        1.068_645_880_265_386_2,
        -0.773_208_978_532_069,
        0.325_596_343_044_434_1,
        -0.036_939_167_091_392_84,
        -0.030_365_448_728_406_67,
        0.007_147_001_869_292_426,
        0.005_005_720_350_948_543,
        -0.000_758_885_684_625_485_6,
        -0.001_100_293_384_689_134,
        -9.405_966_135_542_224e-5,
        0.000_214_973_566_260_540_44,
        9.242_127_635_925_667e-5,
    ];
    /// (tanh x/x − 1)/x² in z = x², |x| ≤ 5/8; 2⁻⁵⁹.
    pub(crate) const TANH: [f64; 12] = [
        -0.333_333_333_333_333_3,
        0.133_333_333_333_330_3,
        -0.053_968_253_967_883_6,
        0.021_869_488_518_436_172,
        -0.008_863_235_090_761_121,
        0.003_592_121_592_987_361_7,
        -0.001_455_774_166_788_539_5,
        0.000_589_654_381_582_963_8,
        -0.000_237_570_387_281_802_67,
        9.253_064_629_824_647e-5,
        -3.115_542_743_573_22e-5,
        6.462_975_630_541_346e-6,
    ];
    /// (Φ(x) − ½)/x in z = x², |x| ≤ 0.6; 2⁻⁶³.
    pub(crate) const NDTR: [f64; 9] = [
        0.398_942_280_401_432_7,
        -0.066_490_380_066_905_41,
        0.009_973_557_010_033_05,
        -0.001_187_328_215_401_671_6,
        0.000_115_434_686_492_014_04,
        -9.444_647_241_146_44e-6,
        6.659_267_887_985_966e-7,
        -4.110_925_556_116_113e-8,
        2.097_581_175_222_982_7e-9,
    ];
    /// (1 − t)(b + 3) in what follows.
    pub(crate) const TAIL_SPAN: f64 = 4.625;
    /// b·e^(b²/2)·Φ(−b) in t = (b − 1⅝)/(b + 3) = 1 − 4⅝/(b + 3), 0.59 ≤ b ≤ 39: the first terms; 2⁻⁵⁷.
    pub(crate) const TAIL_FIRST: [f64; 3] = [
        0.316_912_553_617_168_4,
        0.285_477_218_008_955,
        -0.396_420_048_186_420_74,
    ];
    /// And the others.
    pub(crate) const TAIL_REST: [f64; 21] = [
        0.266_656_030_104_732_2,
        -0.060_285_293_982_040_71,
        -0.029_562_621_964_784_017,
        0.012_725_774_791_378_012,
        0.006_874_853_452_267_479,
        -0.001_806_170_347_385_087,
        -0.002_089_606_912_055_813,
        -0.000_164_831_831_274_537_13,
        0.000_506_749_709_283_021_3,
        0.000_255_432_693_821_493_5,
        -3.184_892_403_804_725_5e-5,
        -9.370_319_299_722_97e-5,
        -4.218_636_279_039_497_4e-5,
        9.197_858_486_015_59e-6,
        2.262_973_598_260_274_6e-5,
        -5.990_070_384_831_164e-6,
        9.282_634_770_282_478e-6,
        1.138_758_707_337_091_4e-5,
        -3.387_816_276_257_722e-5,
        2.195_255_086_516_823e-5,
        -4.602_408_363_889_934e-6,
    ];
    /// The derivative of its logarithm by b, over (1 − t)², to a tenth.
    pub(crate) const TAIL_SLOPE: [f64; 4] = [
        0.206_544_656_981_468_18,
        -0.882_529_420_796_517_3,
        1.461_712_917_925_376_3,
        -0.829_076_836_733_491_1,
    ];
    /// Its reciprocal, to a tenth.
    pub(crate) const TAIL_INVERSE: [f64; 3] = [
        3.417_680_171_563_836_7,
        -3.258_288_416_575_981_6,
        2.640_755_139_970_521,
    ];
}
