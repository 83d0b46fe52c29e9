-- What happens to depot.stock between the two LOG_BASED runs. Every row is
-- touched, so that the changes alone tell what is in the table at the end.
UPDATE depot.stock SET quantity = quantity + 1;
INSERT INTO depot.stock VALUES ('new "é" 😀', 1, 1.10, E'two\nlines', '2024-05-05 05:05:05.123456+02'), ('empty', NULL, NULL, '', NULL);
UPDATE depot.stock SET note = NULL WHERE sku IN ('SKU 1', 'SKU 2', 'SKU 3');
DELETE FROM depot.stock WHERE sku IN ('SKU 2', 'SKU 4');
BEGIN;
UPDATE depot.stock SET quantity = 0 WHERE sku = 'SKU 5';
DELETE FROM depot.stock WHERE sku = 'SKU 5';
INSERT INTO depot.stock VALUES ('SKU 5', 55, 99999.99, 'back again', '1969-12-31 23:59:59.999999+00');
COMMIT;
