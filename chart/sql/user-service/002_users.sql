-- Generated from values.yaml by npm run generate; edits are lost.
-- Accounts. A provider belongs to a tenant; a customer or an administrator need not.
CREATE TABLE "Users" (
  "Id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  "Username" varchar(100) NOT NULL,
  "Email" varchar(320) NOT NULL,
  "PasswordHash" text NOT NULL,
  "Role" varchar(20) NOT NULL DEFAULT 'Customer' CHECK ("Role" IN ('Customer', 'Provider', 'Admin')),
  "TenantId" uuid REFERENCES "Tenants" ("Id") ON DELETE RESTRICT,
  "IsActive" boolean NOT NULL DEFAULT true,
  "CreatedAt" timestamptz NOT NULL DEFAULT now(),
  "UpdatedAt" timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT "CK_Users_ProviderHasTenant" CHECK ("Role" <> 'Provider' OR "TenantId" IS NOT NULL)
);

CREATE UNIQUE INDEX "IX_Users_Username" ON "Users" ("Username");
CREATE UNIQUE INDEX "IX_Users_Email" ON "Users" (lower("Email"));
CREATE INDEX "IX_Users_TenantId" ON "Users" ("TenantId");
