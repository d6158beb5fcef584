;; outputs = a @ b, for float32: four numbers at a time. build.py makes the one for float64 of it, two numbers at a time.
;;
;; The inner loop keeps 4 rows and 8 columns (float64: 4) of the outputs in registers, and adds for each k
;;     outputs[row, column] += a[row, k] * b[k, column]
;; so that each number fetched from memory is used several times: that is what a BLAS does, and NumPy's own loop does not.
(module
  (import "python" "memory" (memory 1))
  (func (export "matmul")
    (param $a i32) (param $b i32) (param $outputs i32)  ;; addresses; rows stand one after the other
    (param $rows i32)                                   ;; of a and outputs, a multiple of 4
    (param $depth i32)                                  ;; bytes in a row of a
    (param $width i32)                                  ;; bytes in a row of b and of outputs, a multiple of 32
    (param $size i32)                                   ;; bytes in a number
    (local $column i32) (local $row i32) (local $k i32)  ;; counted down, in bytes, rows and bytes
    (local $a0 i32) (local $a1 i32) (local $a2 i32) (local $a3 i32) (local $from i32) (local $to i32)
    (local $left v128) (local $right v128) (local $x v128)
    (local $l0 v128) (local $r0 v128) (local $l1 v128) (local $r1 v128) (local $l2 v128) (local $r2 v128) (local $l3 v128) (local $r3 v128)

    (local.set $column (local.get $width))
    (loop $columns
      (local.set $a0 (local.get $a))
      (local.set $to (local.get $outputs))
      (local.set $row (local.get $rows))
      (loop $four_rows
        (local.set $a1 (i32.add (local.get $a0) (local.get $depth)))
        (local.set $a2 (i32.add (local.get $a1) (local.get $depth)))
        (local.set $a3 (i32.add (local.get $a2) (local.get $depth)))
        (local.set $from (local.get $b))
        (local.set $l0 (v128.const i32x4 0 0 0 0)) (local.set $r0 (v128.const i32x4 0 0 0 0))
        (local.set $l1 (v128.const i32x4 0 0 0 0)) (local.set $r1 (v128.const i32x4 0 0 0 0))
        (local.set $l2 (v128.const i32x4 0 0 0 0)) (local.set $r2 (v128.const i32x4 0 0 0 0))
        (local.set $l3 (v128.const i32x4 0 0 0 0)) (local.set $r3 (v128.const i32x4 0 0 0 0))
        (local.set $k (local.get $depth))
        (loop $products
          (local.set $left (v128.load (local.get $from)))
          (local.set $right (v128.load offset=16 (local.get $from)))
          (local.set $x (v128.load32_splat (local.get $a0)))
          (local.set $l0 (f32x4.add (local.get $l0) (f32x4.mul (local.get $x) (local.get $left))))
          (local.set $r0 (f32x4.add (local.get $r0) (f32x4.mul (local.get $x) (local.get $right))))
          (local.set $x (v128.load32_splat (local.get $a1)))
          (local.set $l1 (f32x4.add (local.get $l1) (f32x4.mul (local.get $x) (local.get $left))))
          (local.set $r1 (f32x4.add (local.get $r1) (f32x4.mul (local.get $x) (local.get $right))))
          (local.set $x (v128.load32_splat (local.get $a2)))
          (local.set $l2 (f32x4.add (local.get $l2) (f32x4.mul (local.get $x) (local.get $left))))
          (local.set $r2 (f32x4.add (local.get $r2) (f32x4.mul (local.get $x) (local.get $right))))
          (local.set $x (v128.load32_splat (local.get $a3)))
          (local.set $l3 (f32x4.add (local.get $l3) (f32x4.mul (local.get $x) (local.get $left))))
          (local.set $r3 (f32x4.add (local.get $r3) (f32x4.mul (local.get $x) (local.get $right))))
          (local.set $a0 (i32.add (local.get $a0) (local.get $size)))
          (local.set $a1 (i32.add (local.get $a1) (local.get $size)))
          (local.set $a2 (i32.add (local.get $a2) (local.get $size)))
          (local.set $a3 (i32.add (local.get $a3) (local.get $size)))
          (local.set $from (i32.add (local.get $from) (local.get $width)))
          (br_if $products (local.tee $k (i32.sub (local.get $k) (local.get $size)))))
        (v128.store (local.get $to) (local.get $l0)) (v128.store offset=16 (local.get $to) (local.get $r0))
        (local.set $to (i32.add (local.get $to) (local.get $width)))
        (v128.store (local.get $to) (local.get $l1)) (v128.store offset=16 (local.get $to) (local.get $r1))
        (local.set $to (i32.add (local.get $to) (local.get $width)))
        (v128.store (local.get $to) (local.get $l2)) (v128.store offset=16 (local.get $to) (local.get $r2))
        (local.set $to (i32.add (local.get $to) (local.get $width)))
        (v128.store (local.get $to) (local.get $l3)) (v128.store offset=16 (local.get $to) (local.get $r3))
        (local.set $to (i32.add (local.get $to) (local.get $width)))
        (local.set $a0 (local.get $a3))  ;; now the end of the fourth row
        (br_if $four_rows (local.tee $row (i32.sub (local.get $row) (i32.const 4)))))
      (local.set $b (i32.add (local.get $b) (i32.const 32)))
      (local.set $outputs (i32.add (local.get $outputs) (i32.const 32)))
      (br_if $columns (local.tee $column (i32.sub (local.get $column) (i32.const 32)))))))
