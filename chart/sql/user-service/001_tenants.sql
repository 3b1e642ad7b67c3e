-- Generated from values.yaml by npm run generate; edits are lost.
-- Business information of the provider users. Names are quoted PascalCase, as Entity Framework Core makes them.
CREATE TABLE "Tenants" (
  "Id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  "BusinessName" varchar(200) NOT NULL,
  "TaxNumber" varchar(50),
  "Email" varchar(320),
  "Phone" varchar(50),
  "Address" text,
  "IsActive" boolean NOT NULL DEFAULT true,
  "CreatedAt" timestamptz NOT NULL DEFAULT now(),
  "UpdatedAt" timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX "IX_Tenants_BusinessName" ON "Tenants" ("BusinessName");
