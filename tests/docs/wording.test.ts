import { readRepository, treeRuleSuite } from '../architecture/tree-rule-suite.js';
import { wordingRules } from './wording-rules.js';

treeRuleSuite(wordingRules, readRepository());
