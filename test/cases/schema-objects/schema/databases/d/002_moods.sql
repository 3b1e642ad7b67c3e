ALTER TYPE mood ADD VALUE 'glad';
UPDATE felt SET said = 'glad';
INSERT INTO felt (said, now)
VALUES ('glad', 'sad'), ('sad', 'glad');
